package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/registry"
)

func (s *Server) deviceRoutes(api huma.API) {
	admin := func(method, path, id, summary string) huma.Operation {
		return s.change(access.Admin, method, path, id, summary)
	}
	added := admin("POST", "/api/v1/devices", "add-device", "A device, or an ingester elsewhere, that signs in to the broker")
	added.DefaultStatus = http.StatusCreated
	huma.Register(api, admin("GET", "/api/v1/devices", "list-devices", "Who signs in to the broker by name and password"), s.listDevices)
	huma.Register(api, added, s.addDevice)
	huma.Register(api, admin("PATCH", "/api/v1/devices/{name}", "set-device", "Change a device's rights or its password"), s.setDevice)
	huma.Register(api, admin("DELETE", "/api/v1/devices/{name}", "remove-device", "It cannot sign in any more"), s.removeDevice)
}

type deviceBody struct {
	Name      string   `json:"name"`
	Role      string   `json:"role" enum:"device,ingester"`
	Publish   []string `json:"publish" doc:"topic filters"`
	Subscribe []string `json:"subscribe" doc:"topic filters"`
	Created   stamp    `json:"created"`
	Disabled  bool     `json:"disabled"`
	Password  string   `json:"password,omitempty" doc:"one that was made up: a secret, told only now"`
}

func presentDevice(d registry.Device, made string) deviceBody {
	return deviceBody{
		d.Name, string(d.Role), append([]string{}, d.Publish...), append([]string{}, d.Subscribe...),
		stamp{d.Created},
		d.Disabled, made,
	}
}

type deviceOutput struct{ Body deviceBody }

type devicesOutput struct {
	Body struct {
		Devices []deviceBody `json:"devices" doc:"by name"`
	}
}

func (s *Server) listDevices(ctx context.Context, _ *struct{}) (*devicesOutput, error) {
	all, err := s.opt.Registry.Devices(ctx)
	if err != nil {
		return nil, s.unavailable("list devices", err)
	}
	out := new(devicesOutput)
	out.Body.Devices = make([]deviceBody, len(all))
	for i, d := range all {
		out.Body.Devices[i] = presentDevice(d, "")
	}
	return out, nil
}

type addDeviceInput struct {
	Body struct {
		Name      string   `json:"name" maxLength:"64"`
		Role      string   `json:"role" required:"false" enum:"device,ingester" default:"device"`
		Publish   []string `json:"publish,omitempty" maxItems:"32" doc:"topic filters"`
		Subscribe []string `json:"subscribe,omitempty" maxItems:"32" doc:"topic filters"`
		Password  string   `json:"password,omitempty" doc:"left out: one is made up, and told in the answer"`
	}
}

func (s *Server) addDevice(ctx context.Context, in *addDeviceInput) (*deviceOutput, error) {
	a, err := s.vouching()
	if err != nil {
		return nil, err
	}
	b := &in.Body
	d := registry.Device{Name: strings.Clone(b.Name), Role: registry.DeviceRole(b.Role), Publish: b.Publish, Subscribe: b.Subscribe, Created: s.opt.Now()}
	made, err := a.AddDevice(ctx, by(ctx), d, b.Password)
	if err != nil {
		return nil, s.deviceRefusal("add device", err)
	}
	return &deviceOutput{presentDevice(d, made)}, nil
}

type setDeviceInput struct {
	Name string `path:"name"`
	Body struct {
		Publish     *[]string `json:"publish,omitempty" maxItems:"32" doc:"topic filters"`
		Subscribe   *[]string `json:"subscribe,omitempty" maxItems:"32" doc:"topic filters"`
		Disabled    *bool     `json:"disabled,omitempty"`
		Password    string    `json:"password,omitempty"`
		NewPassword bool      `json:"new_password,omitempty" doc:"one is made up, and told in the answer"`
	}
}

// setDevice ends the device's sessions, so that it comes back with its new rights.
func (s *Server) setDevice(ctx context.Context, in *setDeviceInput) (*deviceOutput, error) {
	a, err := s.vouching()
	if err != nil {
		return nil, err
	}
	b := &in.Body
	d, made, err := a.SetDevice(ctx, by(ctx), in.Name, authority.DeviceChange{
		Publish: b.Publish, Subscribe: b.Subscribe, Disabled: b.Disabled, Password: b.Password, NewPassword: b.NewPassword,
	})
	if err != nil {
		return nil, s.deviceRefusal("change device", err)
	}
	s.opt.CutDevice(d.Name)
	return &deviceOutput{presentDevice(d, made)}, nil
}

func (s *Server) removeDevice(ctx context.Context, in *struct {
	Name string `path:"name"`
},
) (*struct{}, error) {
	if err := s.opt.Registry.RemoveDevice(ctx, by(ctx), in.Name); err != nil {
		return nil, s.deviceRefusal("remove device", err)
	}
	s.opt.CutDevice(in.Name)
	return nil, nil
}

func (s *Server) deviceRefusal(what string, err error) error {
	switch {
	case errors.Is(err, registry.ErrNotFound):
		return huma.Error404NotFound("no such device")
	case errors.Is(err, registry.ErrExists):
		return huma.Error409Conflict("there is a device of that name")
	case errors.Is(err, registry.ErrInvalid), errors.Is(err, authority.ErrWeak), errors.Is(err, registry.ErrTooManyDevices):
		return huma.Error422UnprocessableEntity(err.Error())
	}
	return s.unavailable(what, err)
}
