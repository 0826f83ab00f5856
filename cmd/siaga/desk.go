package main

import (
	"context"
	"net/url"
)

// desk is a person at a terminal and the center that he asks.
type desk struct {
	centerClient
	lang
	asJSON bool
}

func (f *centerFlags) desk() (*desk, error) {
	l, err := f.lang()
	if err != nil {
		return nil, err
	}
	c, err := f.client()
	if err != nil {
		return nil, err
	}
	return &desk{c, l, f.asJSON}, nil
}

// ask calls the center, with mistakes told in the person's language.
func (d *desk) ask(ctx context.Context, method, path string, query url.Values, body, answer any) error {
	if query == nil {
		query = url.Values{}
	}
	query.Set("lang", string(d.lang))
	return d.call(ctx, method, path+"?"+query.Encode(), body, answer)
}
