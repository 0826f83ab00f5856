package pms5003_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/driver/pms5003"
)

func Example() {
	port, err := bus.Host{}.Serial("/dev/serial0", pms5003.Baud, uart.NoParity)
	if err != nil {
		log.Fatal(err)
	}
	dev, err := pms5003.New(port, pms5003.DefaultOpts)
	if err != nil {
		log.Fatal(err)
	}
	defer dev.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	values, err := dev.Sense(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range values {
		fmt.Println(v.Quantity, v.Value, v.Quantity.Info().Display)
	}
}
