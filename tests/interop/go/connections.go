package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding/gzip"
	health "google.golang.org/grpc/health/grpc_health_v1"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"

	pb "onebook.example/interop/pb/onebook"
)

func (c *client) gzip() (bool, string) {
	answer, err := c.market.GetBook(context.Background(), &pb.GetBookRequest{Market: still}, grpc.UseCompressor(gzip.Name))
	return err == nil && answer.Book.Market == still, fmt.Sprint(err)
}

func (c *client) fiftyStreams() (bool, string) {
	found := make(chan bool)
	for at := range 50 {
		go func() {
			books, err := c.books(5, &pb.StreamBookRequest{Market: live, Levels: uint32(1 + at%5)})
			found <- err == nil && rising(books)
		}()
	}
	all := true
	for range 50 {
		all = <-found && all
	}
	return all, ""
}

func (c *client) health() (bool, string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stub, request := health.NewHealthClient(c.conn), &health.HealthCheckRequest{Service: service}
	answer, err := stub.Check(ctx, request)
	if err != nil {
		return false, err.Error()
	}
	watch, err := stub.Watch(ctx, request)
	if err != nil {
		return false, err.Error()
	}
	first, err := watch.Recv()
	serving := health.HealthCheckResponse_SERVING
	return err == nil && answer.Status == serving && first.Status == serving, fmt.Sprint(err)
}

func (c *client) reflection() (bool, string) {
	stream, err := reflection.NewServerReflectionClient(c.conn).ServerReflectionInfo(context.Background())
	if err != nil {
		return false, err.Error()
	}
	asked := &reflection.ServerReflectionRequest{MessageRequest: &reflection.ServerReflectionRequest_ListServices{}}
	if err := stream.Send(asked); err != nil {
		return false, err.Error()
	}
	answer, err := stream.Recv()
	if err != nil {
		return false, err.Error()
	}
	if err := stream.CloseSend(); err != nil {
		return false, err.Error()
	}
	_, end := stream.Recv()
	listed := false
	for _, each := range answer.GetListServicesResponse().Service {
		listed = listed || each.Name == service
	}
	return listed && end.Error() == "EOF", fmt.Sprint(end)
}

// slowReader reads twice per second: how old the messages are then, and how far behind those of a fast reader.
func (c *client) slowReader() (bool, string) {
	// docs/client.md, "Slow readers".
	slow := c.dial(grpc.WithInitialWindowSize(65535), grpc.WithInitialConnWindowSize(65535))
	defer slow.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	request := &pb.StreamBookRequest{Market: live, Levels: 1000}
	fast, err := c.market.StreamBook(ctx, request)
	if err != nil {
		return false, err.Error()
	}
	var newest atomic.Uint64
	go func() {
		for message, err := fast.Recv(); err == nil; message, err = fast.Recv() {
			newest.Store(message.Book.Header.Sequence)
		}
	}()
	stream, err := pb.NewMarketDataServiceClient(slow).StreamBook(ctx, request)
	oldest, behind := 0.0, int64(0)
	for count := 0; err == nil && count < 12; count++ {
		var message *pb.StreamBookResponse
		if message, err = stream.Recv(); err == nil {
			header := message.Book.Header
			oldest = max(oldest, float64(time.Now().UnixNano()-int64(header.PublishTimeNanos))/1e9)
			behind = max(behind, int64(newest.Load())-int64(header.Sequence))
			time.Sleep(500 * time.Millisecond)
		}
	}
	return err == nil && oldest < 3.5, fmt.Sprintf("oldest %.3f s, %d states behind", oldest, behind)
}
