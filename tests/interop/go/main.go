// The scenario with grpc-go: interop ADDRESS [CA]; see ../scenario.md.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"onebook.example/interop/pb/compat"
	pb "onebook.example/interop/pb/onebook"
)

const (
	live    = "BTC/USDT"
	still   = "ETH/BTC"
	service = "onebook.v1.MarketDataService"
)

type client struct {
	conn   *grpc.ClientConn
	market pb.MarketDataServiceClient
	dial   func(...grpc.DialOption) *grpc.ClientConn
}

func say(name string, ok bool, detail string) {
	line, _ := json.Marshal(map[string]any{"name": name, "ok": ok, "detail": detail})
	fmt.Println(string(line))
}

// decimal writes mantissa * 10^exponent without rounding.
func decimal(mantissa int64, exponent int32) string {
	digits := fmt.Sprint(mantissa)
	if exponent >= 0 {
		return digits + strings.Repeat("0", int(exponent))
	}
	places := int(-exponent)
	if len(digits) <= places {
		digits = strings.Repeat("0", places-len(digits)+1) + digits
	}
	return digits[:len(digits)-places] + "." + digits[len(digits)-places:]
}

func levels(book *pb.Book, side []*pb.Level) string {
	var found []string
	for _, level := range side {
		found = append(found, decimal(level.Price, book.PriceExponent)+"x"+decimal(level.Size, book.SizeExponent)+
			"@"+book.Venues[level.Venue].Venue)
	}
	return strings.Join(found, " ")
}

// books reads so many states of the live book.
func (c *client) books(count int, request *pb.StreamBookRequest) ([]*pb.Book, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stream, err := c.market.StreamBook(ctx, request)
	var found []*pb.Book
	for err == nil && len(found) < count {
		var message *pb.StreamBookResponse
		if message, err = stream.Recv(); err == nil {
			found = append(found, message.Book)
		}
	}
	return found, err
}

func rising(books []*pb.Book) bool {
	for at := 1; at < len(books); at++ {
		if books[at].Header.Sequence <= books[at-1].Header.Sequence {
			return false
		}
	}
	return len(books) > 0
}

func (c *client) unary() (bool, string) {
	answer, err := c.market.GetBook(context.Background(), &pb.GetBookRequest{Market: still})
	if err != nil {
		return false, err.Error()
	}
	return answer.Book.Market == still, levels(answer.Book, answer.Book.Bids) + " | " + levels(answer.Book, answer.Book.Asks)
}

func (c *client) stream() (bool, string) {
	found, err := c.books(10, &pb.StreamBookRequest{Market: live})
	return err == nil && rising(found), fmt.Sprint(err)
}

func (c *client) compat() (bool, string) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stream, err := compat.NewOrderbookAggregatorClient(c.conn).BookSummary(ctx, &compat.Empty{})
	for count := 0; err == nil && count < 3; count++ {
		var summary *compat.Summary
		if summary, err = stream.Recv(); err == nil && summary.Bids[0].Price >= summary.Asks[len(summary.Asks)-1].Price {
			return false, summary.String()
		}
	}
	return err == nil, fmt.Sprint(err)
}

func main() {
	transport := insecure.NewCredentials()
	if len(os.Args) > 2 {
		var err error
		if transport, err = credentials.NewClientTLSFromFile(os.Args[2], ""); err != nil {
			panic(err)
		}
	}
	dial := func(options ...grpc.DialOption) *grpc.ClientConn {
		conn, err := grpc.NewClient(os.Args[1], append(options, grpc.WithTransportCredentials(transport))...)
		if err != nil {
			panic(err)
		}
		return conn
	}
	conn := dial()
	c := &client{conn, pb.NewMarketDataServiceClient(conn), dial}
	for _, step := range []struct {
		name string
		run  func() (bool, string)
	}{
		{"unary", c.unary}, {"stream", c.stream}, {"unknown_method", c.unknownMethod}, {"bad_request", c.badRequest},
		{"unknown_market", c.unknownMarket}, {"deadline", c.deadline}, {"cancel", c.cancel}, {"gzip", c.gzip},
		{"fifty_streams", c.fiftyStreams}, {"health", c.health}, {"reflection", c.reflection}, {"compat", c.compat},
		{"slow_reader", c.slowReader}, {"shutdown", c.shutdown},
	} {
		done := time.AfterFunc(40*time.Second, func() { say(step.name, false, "it hangs"); os.Exit(1) })
		ok, detail := step.run()
		done.Stop()
		say(step.name, ok, detail)
	}
}
