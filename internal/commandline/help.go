// Package commandline says in Indonesian and English what cobra says by itself, in
// English: headings, the help of commands, and what is wrong with a line that was
// typed. It must not know any command.
package commandline

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Prepare is for a program's root, once all its commands are added.
func Prepare(root *cobra.Command) {
	root.SetUsageFunc(usage)
	root.PersistentFlags().BoolP("help", "h", false, "bantuan untuk perintah itu (help for that command)")
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Short = "Bantuan untuk satu perintah (help about a command)"
		case "completion":
			cmd.Short = "Pelengkapan perintah untuk shell (completion for a shell)"
		}
	}
	refuseStrangers(root)
}

// group marks a command that only holds others.
const group = "group"

// refuseStrangers has commands that only hold others refuse a name that none of
// them has: cobra does so for the root alone, and prints help for the rest.
func refuseStrangers(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		refuseStrangers(sub)
	}
	if cmd.Runnable() || !cmd.HasSubCommands() || !cmd.HasParent() {
		return
	}
	cmd.Annotations = map[string]string{group: ""}
	cmd.Args = cobra.NoArgs
	cmd.RunE = func(*cobra.Command, []string) error { return pflag.ErrHelp }
}

// usage is cobra's own text, without what no program here uses: aliases, examples,
// groups of commands and help topics. It is written without text/template, which
// would make the linker keep every method in the program.
func usage(cmd *cobra.Command) error {
	var b strings.Builder
	b.WriteString("Cara pakai (usage):")
	if _, only := cmd.Annotations[group]; cmd.Runnable() && !only {
		b.WriteString("\n  " + cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\n  " + cmd.CommandPath() + " [command]\n\nPerintah (commands):")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(&b, "\n  %-*s %s", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if cmd.HasAvailableLocalFlags() {
		b.WriteString("\n\nPilihan (flags):\n" + strings.TrimRight(cmd.LocalFlags().FlagUsages(), " \n"))
	}
	if cmd.HasAvailableInheritedFlags() {
		b.WriteString("\n\nPilihan semua perintah (global flags):\n" + strings.TrimRight(cmd.InheritedFlags().FlagUsages(), " \n"))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n\nRincian (more about a command): %s [command] --help", cmd.CommandPath())
	}
	_, err := fmt.Fprintln(cmd.OutOrStdout(), b.String())
	return err
}
