package breakbeam_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/driver/breakbeam"
)

func Example() {
	pin, err := bus.Host{}.Pin("GPIO17")
	if err != nil {
		log.Fatal(err)
	}
	opts := breakbeam.DefaultOpts
	opts.VehicleLengthM, opts.DetectorLengthM = 4.5, 0.05
	dev, err := breakbeam.New(pin, opts)
	if err != nil {
		log.Fatal(err)
	}
	defer dev.Close()

	for range 2 { // the first Sense only opens the window
		values, err := dev.Sense(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		for _, v := range values {
			fmt.Println(v.Quantity, v.Value)
		}
		time.Sleep(time.Minute)
	}
}
