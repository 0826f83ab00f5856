package main

import (
	"context"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

func nodeCommand() *cobra.Command {
	var f centerFlags
	cmd := &cobra.Command{
		Use:   "node",
		Short: "Inventaris node: daftar, tambah, token, perbaikan (the inventory of nodes)",
	}
	f.bind(cmd.PersistentFlags())
	cmd.AddCommand(
		nodeListCommand(&f), nodeShowCommand(&f), nodeAddCommand(&f), nodeSetCommand(&f), nodeRetireCommand(&f),
		nodeTokenCommand(&f), nodeExportCommand(&f), nodeImportCommand(&f),
		nodeConfigCommand(&f), nodeDoCommand(&f), nodeEventCommand(&f), nodeLogCommand(&f), nodeLevelCommand(&f), nodeLostCommand(&f),
	)
	return cmd
}

// atNode is the path of something of a node.
func atNode(node, what string) string { return "/api/v1/nodes/" + url.PathEscape(node) + what }

// asset looks up what is written down of a node.
func (d *desk) asset(ctx context.Context, node string) (*assetAnswer, error) {
	var a assetAnswer
	if err := d.ask(ctx, http.MethodGet, atNode(node, "/inventory"), nil, nil, &a); err != nil {
		return nil, err
	}
	return &a, nil
}

// change sends a change of what was looked at in the version a.
func (d *desk) change(ctx context.Context, method, what string, a *assetAnswer, query url.Values, body any) (*assetAnswer, error) {
	if query == nil {
		query = url.Values{}
	}
	query.Set("version", a.Version)
	var is assetAnswer
	if err := d.ask(ctx, method, atNode(a.Node, what), query, body, &is); err != nil {
		return nil, err
	}
	return &is, nil
}
