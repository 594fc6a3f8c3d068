package main

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "onebook.example/interop/pb/onebook"
)

func (c *client) unknownMethod() (bool, string) {
	err := c.conn.Invoke(context.Background(), "/"+service+"/Nothing", &pb.GetBookRequest{}, &pb.GetBookResponse{})
	return status.Code(err) == codes.Unimplemented, fmt.Sprint(err)
}

func (c *client) badRequest() (bool, string) {
	dust := "much"
	_, err := c.market.GetBook(context.Background(), &pb.GetBookRequest{Market: live, Dust: &dust})
	found := status.Convert(err)
	if len(found.Details()) == 0 {
		return false, fmt.Sprint(err)
	}
	request, ok := found.Details()[0].(*errdetails.BadRequest)
	return ok && found.Code() == codes.InvalidArgument && request.FieldViolations[0].Field == "dust", found.Message()
}

func (c *client) unknownMarket() (bool, string) {
	_, err := c.market.GetBook(context.Background(), &pb.GetBookRequest{Market: "BTC/USDX"})
	found := status.Convert(err)
	return found.Code() == codes.NotFound && len(found.Details()) > 0, found.Message()
}

func (c *client) deadline() (bool, string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	began := time.Now()
	stream, err := c.market.StreamBook(ctx, &pb.StreamBookRequest{Market: live})
	for err == nil {
		_, err = stream.Recv()
	}
	late := time.Since(began) - time.Second
	return status.Code(err) == codes.DeadlineExceeded && late > -100*time.Millisecond && late < time.Second, fmt.Sprint(late)
}

func (c *client) cancel() (bool, string) {
	ctx, cancel := context.WithCancel(context.Background())
	stream, err := c.market.StreamBook(ctx, &pb.StreamBookRequest{Market: live})
	if err == nil {
		_, err = stream.Recv()
	}
	if err != nil {
		return false, err.Error()
	}
	cancel()
	for err == nil {
		_, err = stream.Recv()
	}
	again, _ := c.unary()
	return status.Code(err) == codes.Canceled && again, fmt.Sprint(err)
}

// shutdown reads streams and asks for answers while the server stops.
func (c *client) shutdown() (bool, string) {
	ends := make(chan error)
	for range 5 {
		stream, err := c.market.StreamBook(context.Background(), &pb.StreamBookRequest{Market: live})
		if err == nil {
			_, err = stream.Recv()
		}
		if err != nil {
			return false, err.Error()
		}
		go func() {
			for err == nil {
				_, err = stream.Recv()
			}
			ends <- err
		}()
	}
	type asked struct {
		answered int
		err      error
	}
	calls := make(chan asked)
	for range 4 {
		go func() {
			var each asked
			for each.answered = 0; ; each.answered++ {
				_, each.err = c.market.GetSummary(context.Background(), &pb.GetSummaryRequest{Market: still})
				if each.err != nil {
					break
				}
			}
			calls <- each
		}()
	}
	say("ready", true, "")
	ok, answered, refused := true, 0, []int{}
	for range 5 {
		ok = status.Code(<-ends) == codes.Unavailable && ok
	}
	for range 4 {
		each := <-calls
		answered += each.answered
		refused = append(refused, int(status.Code(each.err)))
	}
	return ok, fmt.Sprintf("answered %d refused %v", answered, refused)
}
