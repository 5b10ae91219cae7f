package main

import (
	"strings"
	"text/template"
	"text/template/parse"
)

// Functions that give the same answer to the same question, and change nothing but the maps that memo watches over. A chart
// that uses any other is rendered without remembering its includes.
var pure = func() map[string]bool {
	known := map[string]bool{}
	for _, name := range strings.Fields(`
		and call eq ge gt html index js le len lt ne not or print printf println slice urlquery
		include tpl required fail
		toYaml toJson fromJson fromJsonArray fromYaml fromYamlArray toYamlPretty toToml
		append concat first has initial join last list mustAppend mustPrepend prepend rest reverse sortAlpha splitList
		uniq until untilStep without compact chunk
		default empty coalesce ternary all any
		dict dig get hasKey keys merge mergeOverwrite omit pick pluck set unset values deepCopy tuple
		kindIs kindOf typeIs typeOf typeIsLike deepEqual
		atoi float64 int int64 toDecimal toString toStrings
		add add1 addf sub subf mul mulf div divf mod max maxf min minf ceil floor round seq
		b64dec b64enc sha1sum sha256sum adler32sum
		camelcase cat contains hasPrefix hasSuffix indent kebabcase lower nindent nospace quote repeat replace snakecase split
		splitn squote substr title trim trimAll trimPrefix trimSuffix trunc untitle upper
		regexFind regexFindAll regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit
		semver semverCompare
		base clean dir ext isAbs
	`) {
		known[name] = true
	}
	return known
}()

// onlyPure tells whether what templates print may be remembered: each uses pure functions only, and none reads .Template, which is another
// one in each file. tpl is among the functions because what calls it is not remembered.
func onlyPure(all *template.Template) bool {
	for _, each := range all.Templates() {
		if each.Tree != nil && each.Root != nil && !isPure(each.Root) {
			return false
		}
	}
	return true
}

func isPure(node parse.Node) bool {
	below := []parse.Node{}
	add := func(nodes ...parse.Node) { below = append(below, nodes...) }
	branch := func(branch *parse.BranchNode) {
		add(branch.Pipe, branch.List)
		if branch.ElseList != nil {
			add(branch.ElseList)
		}
	}
	switch node := node.(type) {
	case *parse.ListNode:
		if node != nil {
			add(node.Nodes...)
		}
	case *parse.ActionNode:
		add(node.Pipe)
	case *parse.PipeNode:
		if node != nil {
			for _, command := range node.Cmds {
				add(command)
			}
		}
	case *parse.CommandNode:
		add(node.Args...)
	case *parse.ChainNode:
		if mentionsTemplate(node.Field) {
			return false
		}
		add(node.Node)
	case *parse.FieldNode:
		return !mentionsTemplate(node.Ident)
	case *parse.VariableNode:
		return !mentionsTemplate(node.Ident)
	case *parse.StringNode:
		return node.Text != "Template"
	case *parse.IdentifierNode:
		return pure[node.Ident]
	case *parse.IfNode:
		branch(&node.BranchNode)
	case *parse.RangeNode:
		branch(&node.BranchNode)
	case *parse.WithNode:
		branch(&node.BranchNode)
	case *parse.TemplateNode:
		add(node.Pipe)
	case *parse.TextNode, *parse.CommentNode, *parse.DotNode, *parse.NilNode, *parse.BoolNode, *parse.NumberNode,
		*parse.BreakNode, *parse.ContinueNode:
	default:
		return false
	}
	for _, each := range below {
		if !isPure(each) {
			return false
		}
	}
	return true
}

func mentionsTemplate(names []string) bool {
	for _, name := range names {
		if name == "Template" {
			return true
		}
	}
	return false
}
