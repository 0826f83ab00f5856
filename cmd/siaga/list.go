package main

import (
	"io"
	"net/http"

	"github.com/spf13/cobra"
)

// listCommand shows all that a center answers at path.
func listCommand[T any](f *centerFlags, short, path string, print func(io.Writer, lang, T) error) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			var all T
			if err := d.call(cmd.Context(), http.MethodGet, path, nil, &all); err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), all)
			}
			return print(cmd.OutOrStdout(), d.lang, all)
		},
	}
}
