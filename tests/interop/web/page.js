// What a page in a browser does with the official clients; window.run(NAME, PATH) gives what each of them has read.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import grpcWeb from "grpc-web";
import { GetBookRequestSchema, GetBookResponseSchema, MarketDataService } from "./gen/onebook/v1/market_data_pb.js";
import { StreamBookRequestSchema, StreamBookResponseSchema } from "./gen/onebook/v1/market_data_pb.js";

const origin = location.origin;
const TRANSPORTS = {
  "connect-json": createConnectTransport({ baseUrl: origin }),
  "connect-proto": createConnectTransport({ baseUrl: origin, useBinaryFormat: true }),
  "connect-get": createConnectTransport({ baseUrl: origin, useHttpGet: true }),
  "grpc-web": createGrpcWebTransport({ baseUrl: origin }),
};
const shown = (book) => book.bids.map((level) => `${level.price}x${level.size}@${level.venue}`).join(" ");

async function byConnect(transport) {
  const client = createClient(MarketDataService, transport);
  const book = shown((await client.getBook({ market: "BTC/USDT" })).book);
  let streamed = "";
  for await (const message of client.streamBook({ market: "BTC/USDT" })) {
    streamed = shown(message.book);
    break;
  }
  const errors = [];
  for (const call of [() => client.getBook({ market: "DOGE/USD" }), () => first(client.streamBook({ market: "DOGE/USD" }))]) {
    await call().catch((error) => errors.push(`${error.code} ${error.rawMessage} ${error.details.length}`));
  }
  let late;
  try {
    for await (const { trade } of client.streamTrades({ market: "BTC/USDT" }, { timeoutMs: 300 })) late = trade;
  } catch (error) {
    late = error.code;
  }
  return { book, streamed, errors, late };
}

async function first(stream) {
  for await (const message of stream) return message;
}

function byGrpcWeb(format) {
  const client = new grpcWeb.GrpcWebClientBase({ format });
  const method = (name, type, request, response) =>
    new grpcWeb.MethodDescriptor(
      `/onebook.v1.MarketDataService/${name}`, type, Object, Object,
      (value) => toBinary(request, create(request, value)), (bytes) => fromBinary(response, bytes),
    );
  const get = method("GetBook", "unary", GetBookRequestSchema, GetBookResponseSchema);
  const stream = method("StreamBook", "server_streaming", StreamBookRequestSchema, StreamBookResponseSchema);
  const call = (market) => client.thenableCall(`${origin}${get.name}`, { market }, {}, get);
  const open = (market) => new Promise((resolve, reject) => {
    const reader = client.serverStreaming(`${origin}${stream.name}`, { market }, {}, stream);
    reader.on("data", (message) => { reader.cancel(); resolve(message); });
    reader.on("error", reject);
  });
  return (async () => {
    const book = shown((await call("BTC/USDT")).book);
    const streamed = format === "text" ? shown((await open("BTC/USDT")).book) : book;  // Its streams are text alone.
    const errors = [];
    for (const each of format === "text" ? [call, open] : [call]) {
      await each("DOGE/USD").catch((error) => errors.push(`${error.code} ${error.message}`));
    }
    return { book, streamed, errors };
  })();
}

function byWebsocket() {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${origin.replace("http", "ws")}/websocket`);
    const found = { errors: [] };
    const subscribe = (id, market) => socket.send(JSON.stringify(
      { op: "subscribe", id, call: "onebook.v1.MarketDataService/StreamBook", request: { market } }));
    socket.onopen = () => { subscribe("a", "BTC/USDT"); subscribe("b", "DOGE/USD"); };
    socket.onerror = reject;
    socket.onmessage = (event) => {
      const told = JSON.parse(event.data);
      if (told.end) found.errors.push(`${told.end.code} ${told.end.message}`);
      if (told.message) found.streamed = found.book = shown(told.message.book);
      if (found.book && found.errors.length) { socket.close(); resolve(found); }
    };
  });
}

window.run = (name) => {
  if (name === "websocket") return byWebsocket();
  if (name.startsWith("official-")) return byGrpcWeb(name.slice("official-".length));
  return byConnect(TRANSPORTS[name]);
};
