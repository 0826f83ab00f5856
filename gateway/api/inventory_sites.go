package api

import (
	"context"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

type wholeSiteBody struct {
	registry.Site
	Version string `json:"version" doc:"is another after every change"`
}

func wholeSite(site registry.Site) wholeSiteBody { return wholeSiteBody{site, site.Version()} }

type sitesOutput struct {
	Body struct {
		Sites []wholeSiteBody `json:"sites" nullable:"false"`
	}
}

type siteOutput struct{ Body wholeSiteBody }

func (s *Server) listSites(ctx context.Context, _ *struct{}) (*sitesOutput, error) {
	all, err := s.opt.Registry.Sites(ctx)
	if err != nil {
		return nil, s.unavailable("list sites", err)
	}
	out := new(sitesOutput)
	out.Body.Sites = make([]wholeSiteBody, len(all))
	for i, site := range all {
		out.Body.Sites[i] = wholeSite(site)
	}
	return out, nil
}

type siteInput struct {
	InLanguage
	Code string `path:"code"`
}

func (s *Server) getSite(ctx context.Context, in *siteInput) (*siteOutput, error) {
	site, err := s.opt.Registry.Site(ctx, reading.SiteCode(in.Code))
	if err != nil {
		return nil, s.refusal(in.InLanguage, "read site", err)
	}
	return &siteOutput{wholeSite(site)}, nil
}

type setSiteInput struct {
	IfVersion
	Code string `path:"code"`
	Body struct {
		Name       *string  `json:"name,omitempty"`
		District   *string  `json:"district,omitempty" doc:"the kecamatan's name"`
		Lat        *float64 `json:"lat,omitempty"`
		Lon        *float64 `json:"lon,omitempty"`
		River      *string  `json:"river,omitempty"`
		RiverOrder *int     `json:"river_order,omitempty" doc:"along the river, from its source; 0: not said"`
		Datum      *string  `json:"datum,omitempty"`
		Photo      *string  `json:"photo,omitempty"`
		Note       *string  `json:"note,omitempty"`
	}
}

// setSite changes what is given. With version "new" the site must not be there
// yet.
func (s *Server) setSite(ctx context.Context, in *setSiteInput) (*siteOutput, error) {
	b := &in.Body
	site, err := s.opt.Registry.EditSite(ctx, by(ctx), reading.SiteCode(in.Code), in.seen(), func(site *registry.Site) {
		set(&site.Name, b.Name)
		set(&site.District, b.District)
		set(&site.Lat, b.Lat)
		set(&site.Lon, b.Lon)
		set(&site.River, b.River)
		set(&site.RiverOrder, b.RiverOrder)
		set(&site.Datum, b.Datum)
		set(&site.Photo, b.Photo)
		set(&site.Note, b.Note)
	})
	if err != nil {
		return nil, s.refusal(in.InLanguage, "change site", err)
	}
	s.tellAt(ctx, site.Code)
	return &siteOutput{wholeSite(site)}, nil
}

// set leaves a field alone of which nothing is said.
func set[T any](field, said *T) {
	if said != nil {
		*field = *said
	}
}

// tellAt has the streams tell of the nodes at a site.
func (s *Server) tellAt(ctx context.Context, code reading.SiteCode) {
	all, err := s.opt.Registry.Nodes(ctx)
	if err != nil {
		s.opt.Logger.Warn("list nodes of a changed site", "err", err) // they are told of within a minute
		return
	}
	for i := range all {
		if all[i].Site.Code == code {
			s.opt.Hub.Tell(all[i].ID)
		}
	}
}
