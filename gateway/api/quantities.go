package api

import (
	"context"

	"github.com/siaga-id/siaga/internal/reading"
)

type quantityBody struct {
	Quantity    string `json:"quantity"`
	CorrectedOf string `json:"corrected_of" doc:"the quantity as measured, of a corrected one; else empty"`
	Domain      string `json:"domain" enum:"air,weather,water,traffic,power,node"`
	Unit        string `json:"unit"`
	Decimals    int    `json:"decimals" doc:"what a reading is rounded to"`
	TitleID     string `json:"title_id"`
	TitleEN     string `json:"title_en"`
}

type quantitiesBody struct {
	Quantities []quantityBody `json:"quantities"`
}

type quantitiesOutput struct{ Body quantitiesBody }

// listQuantities tells what there is to be read, so that a sensor's quantity can
// be named also while there is no reading of it.
func (s *Server) listQuantities(context.Context, *struct{}) (*quantitiesOutput, error) {
	out := new(quantitiesOutput)
	for _, raw := range reading.Quantities() {
		for _, q := range []reading.Quantity{raw, raw.Corrected()} {
			in := q.Info()
			b := quantityBody{
				Quantity: in.Name, Domain: string(in.Domain), Unit: in.Display, Decimals: in.Decimals,
				TitleID: in.TitleID, TitleEN: in.TitleEN,
			}
			if q.IsCorrected() {
				b.CorrectedOf = raw.String()
			}
			out.Body.Quantities = append(out.Body.Quantities, b)
		}
	}
	return out, nil
}
