// Command queries tells which series PromQL expressions read, with Prometheus' own parser: a JSON list of expressions on
// standard input, a JSON list of answers on standard output, in the same order.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Selector is one series selector: the metric, and the value or pattern that it wants of each label.
type Selector struct {
	Metric string            `json:"metric"`
	Labels map[string]string `json:"labels"`
}

// Answer says what one expression reads. Grouping holds every label of by, without, on, ignoring and group_left.
type Answer struct {
	Error     string     `json:"error"`
	Selectors []Selector `json:"selectors"`
	Grouping  []string   `json:"grouping"`
}

func main() {
	var expressions []string
	if err := json.NewDecoder(os.Stdin).Decode(&expressions); err != nil {
		fmt.Fprintln(os.Stderr, "standard input is no JSON list of strings:", err)
		os.Exit(1)
	}
	answers := make([]Answer, 0, len(expressions))
	for _, expression := range expressions {
		answers = append(answers, read(expression))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(expression string) Answer {
	answer := Answer{Selectors: []Selector{}, Grouping: []string{}}
	tree, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		answer.Error = err.Error()
		return answer
	}
	parser.Inspect(tree, func(node parser.Node, _ []parser.Node) error {
		switch part := node.(type) {
		case *parser.VectorSelector:
			selector := Selector{Metric: part.Name, Labels: map[string]string{}}
			for _, matcher := range part.LabelMatchers {
				if matcher.Name != labels.MetricName {
					selector.Labels[matcher.Name] = matcher.Value
				}
			}
			answer.Selectors = append(answer.Selectors, selector)
		case *parser.AggregateExpr:
			answer.Grouping = append(answer.Grouping, part.Grouping...)
		case *parser.BinaryExpr:
			if part.VectorMatching != nil {
				answer.Grouping = append(answer.Grouping, part.VectorMatching.MatchingLabels...)
				answer.Grouping = append(answer.Grouping, part.VectorMatching.Include...)
			}
		}
		return nil
	})
	return answer
}
