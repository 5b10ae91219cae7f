package main

import (
	"reflect"
	"text/template"
	"text/template/parse"

	"helm.sh/helm/v4/pkg/chart/common"
)

// What the templates call where the chart has a chain of fields.
const reading = "keda_read"

// site is a place in a template at which something is read: which fields, and what the template does with what it finds.
type site struct {
	steps []step
	asked aspect
}

// watched lets the templates read by way of m.read, which notes what they learn. It returns false for a template in which it
// cannot tell.
func (m *memo) watched(all *template.Template) bool {
	watcher := watcher{memo: m, possible: true}
	for _, each := range all.Templates() {
		if each.Tree != nil && each.Root != nil {
			watcher.list(each.Root)
		}
	}
	return watcher.possible
}

// Functions that hand on their arguments, or parts of them, and learn nothing of them but the aspect that stands here; of all
// others everything is taken for read. The last aspect is that of all arguments that follow.
var handing = map[string][]aspect{
	"append":   {reached},
	"coalesce": {shape},
	"concat":   {reached},
	"default":  {shape},
	"dict":     {reached},
	"first":    {reached},
	"get":      {reached, content},
	"hasKey":   {reached, content},
	"include":  {content, reached},
	"index":    {reached, content},
	"initial":  {reached},
	"last":     {reached},
	"list":     {reached},
	"prepend":  {reached},
	"rest":     {reached},
	"set":      {reached, content, reached},
	"ternary":  {reached, reached, content},
	"tpl":      {untold, reached},
	"tuple":    {reached},
	"and":      {shape},
	"or":       {shape},
	"empty":    {shape},
	"kindIs":   {content, shape},
	"not":      {shape},
}

// Of those above, the ones that return no part of what they are given.
var returningNoPart = map[string]bool{"empty": true, "hasKey": true, "include": true, "kindIs": true, "not": true, "tpl": true}

type watcher struct {
	memo     *memo
	possible bool
}

func (w *watcher) list(list *parse.ListNode) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		switch node := node.(type) {
		case *parse.ActionNode:
			if len(node.Pipe.Decl) > 0 {
				w.pipe(node.Pipe, reached)
			} else {
				w.pipe(node.Pipe, content)
			}
		case *parse.IfNode:
			w.branch(&node.BranchNode, shape)
		case *parse.WithNode:
			w.branch(&node.BranchNode, shape)
		case *parse.RangeNode:
			w.branch(&node.BranchNode, ranged)
		case *parse.TemplateNode:
			if node.Pipe != nil {
				w.pipe(node.Pipe, reached)
			}
		case *parse.ListNode:
			w.list(node)
		}
	}
}

func (w *watcher) branch(branch *parse.BranchNode, asked aspect) {
	w.pipe(branch.Pipe, asked)
	w.list(branch.List)
	w.list(branch.ElseList)
}

// pipe changes a pipeline whose result is used as asked tells.
func (w *watcher) pipe(pipe *parse.PipeNode, asked aspect) {
	commands := make([]*parse.CommandNode, 0, len(pipe.Cmds))
	for number, command := range pipe.Cmds {
		wanted := asked
		if number+1 < len(pipe.Cmds) {
			// It becomes the last argument of the next one.
			next := pipe.Cmds[number+1]
			function, isFunction := next.Args[0].(*parse.IdentifierNode)
			if !isFunction {
				w.possible = false
				return
			}
			wanted = argumentOf(function.Ident, len(next.Args)-1)
		}
		commands = append(commands, command)
		if w.command(command, wanted) {
			commands = append(commands, w.read(nil, wanted, command.Pos))
		}
	}
	pipe.Cmds = commands
}

func argumentOf(function string, number int) aspect {
	asked, handed := handing[function]
	if !handed {
		return content
	}
	return asked[min(number, len(asked)-1)]
}

// command returns true when its result may be something that is read where it goes.
func (w *watcher) command(command *parse.CommandNode, asked aspect) bool {
	switch first := command.Args[0].(type) {
	case *parse.IdentifierNode:
		for number, argument := range command.Args[1:] {
			command.Args[number+1] = w.argument(argument, argumentOf(first.Ident, number))
		}
		learnt, handed := handing[first.Ident]
		return handed && asked != reached && !returningNoPart[first.Ident] && !(asked == shape && learnt[0] == shape)
	case *parse.FieldNode, *parse.VariableNode, *parse.ChainNode:
		if len(command.Args) > 1 {
			for number, argument := range command.Args[1:] {
				command.Args[number+1] = w.argument(argument, content)
			}
			command.Args[0] = w.method(first)
			return false
		}
		command.Args[0] = w.argument(first, asked)
		if pipe, isPipe := command.Args[0].(*parse.PipeNode); isPipe {
			command.Args = pipe.Cmds[0].Args
		}
	case *parse.PipeNode:
		w.pipe(first, asked)
	case *parse.DotNode:
		return asked != reached
	}
	return false
}

// argument changes an argument of a function.
func (w *watcher) argument(node parse.Node, asked aspect) parse.Node {
	switch node := node.(type) {
	case *parse.DotNode:
		if asked == reached {
			return node
		}
		return w.reading(node, nil, asked, node.Pos)
	case *parse.FieldNode:
		return w.chain(&parse.DotNode{NodeType: parse.NodeDot, Pos: node.Pos}, node.Ident, asked, node.Pos)
	case *parse.VariableNode:
		variable := &parse.VariableNode{NodeType: parse.NodeVariable, Pos: node.Pos, Ident: node.Ident[:1]}
		if len(node.Ident) == 1 && asked == reached {
			return node
		}
		return w.chain(variable, node.Ident[1:], asked, node.Pos)
	case *parse.ChainNode:
		base := w.argument(node.Node, reached)
		if pipe, isPipe := base.(*parse.PipeNode); isPipe && !handsOn(pipe) {
			// What a function has made of what it has read is no part of the argument.
			node.Node = base
			return node
		}
		return w.chain(base, node.Field, asked, node.Pos)
	case *parse.PipeNode:
		w.pipe(node, asked)
	}
	return node
}

func handsOn(pipe *parse.PipeNode) bool {
	function, isFunction := pipe.Cmds[len(pipe.Cmds)-1].Args[0].(*parse.IdentifierNode)
	if !isFunction {
		return true
	}
	_, handed := handing[function.Ident]
	return handed || function.Ident == reading
}

// chain reads fields of a base. Those of Capabilities and Files are no values: text/template goes on from there.
func (w *watcher) chain(base parse.Node, fields []string, asked aspect, position parse.Pos) parse.Node {
	for number, field := range fields[:max(0, len(fields)-1)] {
		if field == "Capabilities" || field == "Files" {
			return &parse.ChainNode{
				NodeType: parse.NodeChain, Pos: position,
				Node: w.reading(base, fields[:number+1], content, position), Field: fields[number+1:],
			}
		}
	}
	return w.reading(base, fields, asked, position)
}

// method leaves the last field of a chain to text/template, which calls it.
func (w *watcher) method(node parse.Node) parse.Node {
	var base parse.Node
	var fields []string
	switch node := node.(type) {
	case *parse.FieldNode:
		base, fields = &parse.DotNode{NodeType: parse.NodeDot, Pos: node.Pos}, node.Ident
	case *parse.VariableNode:
		base, fields = &parse.VariableNode{NodeType: parse.NodeVariable, Pos: node.Pos, Ident: node.Ident[:1]}, node.Ident[1:]
	case *parse.ChainNode:
		base, fields = w.argument(node.Node, reached), node.Field
	}
	if len(fields) == 0 {
		w.possible = false
		return node
	}
	last := len(fields) - 1
	return &parse.ChainNode{
		NodeType: parse.NodeChain, Pos: node.Position(), Node: w.chain(base, fields[:last], content, node.Position()), Field: fields[last:],
	}
}

// read is the command that reads from a base, which is its last argument.
func (w *watcher) read(fields []string, asked aspect, position parse.Pos) *parse.CommandNode {
	steps := make([]step, 0, len(fields))
	for _, field := range fields {
		// Of the values themselves Helm has methods, which come before fields of that name.
		if _, isMethod := reflect.TypeFor[common.Values]().MethodByName(field); isMethod {
			w.possible = false
		}
		steps = append(steps, step{key: field})
	}
	number := len(w.memo.sites)
	w.memo.sites = append(w.memo.sites, site{steps, asked})
	return &parse.CommandNode{NodeType: parse.NodeCommand, Pos: position, Args: []parse.Node{
		parse.NewIdentifier(reading).SetPos(position),
		&parse.NumberNode{NodeType: parse.NodeNumber, Pos: position, IsInt: true, Int64: int64(number)},
	}}
}

func (w *watcher) reading(base parse.Node, fields []string, asked aspect, position parse.Pos) *parse.PipeNode {
	command := w.read(fields, asked, position)
	command.Args = append(command.Args, base)
	return &parse.PipeNode{NodeType: parse.NodePipe, Pos: position, Cmds: []*parse.CommandNode{command}}
}
