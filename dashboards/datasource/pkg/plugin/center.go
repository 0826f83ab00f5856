package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/httpclient"
	"golang.org/x/sync/singleflight"
)

const (
	// maxAnswer bounds what is read of one answer; the center's own bounds keep it
	// below.
	maxAnswer = 64 << 20
	// askTimeout is how long an answer may take: the center itself gives up after 30
	// seconds.
	askTimeout = 35 * time.Second
	// inventoryAge is for how long the list of nodes is believed, which every panel
	// of a dashboard asks for at once.
	inventoryAge = 5 * time.Second
)

// center asks one center. It may be used concurrently.
type center struct {
	settings
	http *http.Client

	flight singleflight.Group
	nodes  atomic.Pointer[inventory] // nil: never asked
}

// newCenter returns a center that nobody has asked yet.
func newCenter(s settings) (*center, error) {
	timeouts := httpclient.DefaultTimeoutOptions
	timeouts.Timeout = 0 // an event stream does not end; each question has its own
	opt := httpclient.Options{
		Timeouts: &timeouts,
		TLS:      &httpclient.TLSOptions{CACertificate: s.caCert},
		// A token is for the center, and for no address that somebody sends it on to.
		ConfigureClient: func(_ httpclient.Options, c *http.Client) {
			c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		},
	}
	client, err := httpclient.New(opt)
	if err != nil {
		return nil, fmt.Errorf("read settings: CA certificate: %w", err)
	}
	return &center{settings: s, http: client}, nil
}

// statusError is an answer that says no.
type statusError struct {
	Path   string
	Status int
	Words  string // the center's own; may be empty
}

// Error says what to do where that is known.
func (e *statusError) Error() string {
	switch e.Status {
	case http.StatusUnauthorized:
		return "the center does not know the token, or there is none (401): make one with `siaga token create grafana` and enter it in the data source"
	case http.StatusForbidden:
		return "the token's role is too small (403): want one of the scope viewer" + e.words()
	case http.StatusNotFound:
		return fmt.Sprintf("there is no %s at this URL (404): it is another server's, or the center's Siaga is older than this plugin", e.Path)
	case http.StatusMisdirectedRequest:
		return "the center does not answer for this host name (421): add it to http.hosts of its configuration, or enter its address"
	case http.StatusTooManyRequests:
		return "the center has too many requests from here (429)" + e.words()
	}
	if e.Status >= 300 && e.Status < 400 {
		return fmt.Sprintf("the URL sends on to another one (%d): enter where the center itself answers", e.Status)
	}
	return fmt.Sprintf("the center answered %s with %d%s", e.Path, e.Status, e.words())
}

func (e *statusError) words() string {
	if e.Words == "" {
		return ""
	}
	return ": " + e.Words
}

// errNotSiaga is an answer that no center gives.
var errNotSiaga = errors.New("what answers at this URL is not a Siaga center")

// open makes a request; the caller closes the body. Only 200 is no error, whose body is
// JSON or an event stream.
func (c *center) open(ctx context.Context, path string, query url.Values, accept string) (*http.Response, error) {
	u := c.base.JoinPath(path)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask center: %w", err)
	}
	req.Header.Set("Accept", accept)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		return nil, &statusError{path, resp.StatusCode, problem(resp.Body)}
	}
	return resp, nil
}

// problem is what an answer that says no gives as the reason, where it is for people.
func problem(body io.Reader) string {
	text, err := io.ReadAll(io.LimitReader(body, 2048))
	if err != nil {
		return ""
	}
	var said struct {
		Detail string `json:"detail"`
	}
	words := strings.TrimSpace(string(text))
	if json.Unmarshal(text, &said) == nil {
		words = said.Detail
	}
	if strings.HasPrefix(words, "<") || len(words) > 300 {
		return "" // a page of somebody else's
	}
	return words
}

// get asks for JSON.
func (c *center) get(ctx context.Context, path string, query url.Values, into any) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	resp, err := c.open(ctx, path, query, "application/json")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return decode(resp.Body, path, maxAnswer, into)
}

// decode reads one JSON value of at most limit bytes.
func decode(from io.Reader, path string, limit int64, into any) error {
	body, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err != nil {
		return fmt.Errorf("read the center's answer to %s: %w", path, err)
	}
	if int64(len(body)) > limit {
		return fmt.Errorf("the answer to %s is longer than %d MB: ask for less time or fewer nodes", path, limit>>20)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: its answer to %s: %w", errNotSiaga, path, err)
	}
	return nil
}

// inventory returns the center's nodes, of which no more than inventoryAge has passed.
// Nobody may change what it returns. Those who want it at the same time ask once.
func (c *center) inventory(ctx context.Context) (*inventory, error) {
	if kept := c.nodes.Load(); kept != nil && time.Since(kept.asked) < inventoryAge {
		return kept, nil
	}
	asked := c.flight.DoChan("", func() (any, error) {
		v := &inventory{asked: time.Now()}
		var body struct {
			Nodes []node `json:"nodes"`
		}
		// Who asked first may go; others wait for it too.
		if err := c.get(context.WithoutCancel(ctx), "/api/v1/nodes", nil, &body); err != nil {
			return nil, err
		}
		v.keep(body.Nodes)
		c.nodes.Store(v)
		return v, nil
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case got := <-asked:
		if got.Err != nil {
			return nil, got.Err
		}
		return got.Val.(*inventory), nil //nolint:forcetypeassert // it is from above
	}
}
