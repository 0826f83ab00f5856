// Package dispatch sends configurations and commands to nodes, and takes in what
// they answer.
//
// A configuration is retained by the broker, again after each start of the center or
// of the connection: a node that comes gets the newest. What can be seen without
// knowing any sensor is checked before it is sent (wire.ConfigBody.Validate); what a
// driver's options mean only the node's own version of the program knows, so that it
// checks the whole before it applies it, and answers with every mistake.
//
// A command is not retained: a node that is away does not answer, and the command
// times out.
//
// It must not decide who may do what, which is the API's, nor keep anything, which is
// the registry's.
package dispatch
