package main

import (
	"reflect"
	"slices"

	"helm.sh/helm/v4/pkg/chart/common"
)

// call is an execution of a template under way, with what it has learnt of its argument.
type call struct {
	memo     *memo
	argument any
	// Maps that are known to be in the argument, by their address, with their places. They are held, so that none is freed and another
	// one made at its address.
	met map[uintptr]metMap
	// What was learnt, in that order, each once.
	learnt []answered
	known  map[question]struct{}
	// Its text is not all that it does, or hangs on more than its argument: nothing to remember.
	unlike bool
}

type metMap struct {
	value map[string]any
	at    []*place
}

type answered struct {
	question question
	print    print
}

// begin makes a call the innermost one.
func (m *memo) begin(argument any) {
	var made *call
	if last := len(m.idle) - 1; last >= 0 {
		made, m.idle = m.idle[last], m.idle[:last]
		clear(made.met)
		clear(made.known)
		made.learnt, made.unlike = made.learnt[:0], false
	} else {
		made = &call{memo: m, met: map[uintptr]metMap{}, known: map[question]struct{}{}}
	}
	made.argument = argument
	made.meetAll(argument, m.places.argument())
	m.underWay = append(m.underWay, made)
}

// end makes the call around it the innermost one. What this one has learnt is valid until the next one begins.
func (m *memo) end() (learnt []answered, remember bool) {
	done := m.innermost()
	m.underWay = m.underWay[:len(m.underWay)-1]
	m.idle = append(m.idle, done)
	if len(m.underWay) > 0 {
		m.places.resolve(done.argument)
		m.pass(done.learnt)
	}
	return done.learnt, !done.unlike
}

func (m *memo) innermost() *call {
	if len(m.underWay) == 0 {
		return nil
	}
	return m.underWay[len(m.underWay)-1]
}

// pass tells the innermost call what a call in it has learnt of its argument, which is the one that is resolved.
func (m *memo) pass(learnt []answered) {
	around := m.innermost()
	if around == nil {
		return
	}
	for _, each := range learnt {
		at, asked := m.places.asked(each.question)
		value, found := m.places.look(at)
		if places := around.placesOf(at); len(places) > 0 {
			around.write(places, asked, each.print)
		} else {
			around.learn(value, found, nil, asked)
		}
	}
}

// placesOf are the places in this call's argument of a place in the argument that is resolved.
func (c *call) placesOf(at *place) []*place {
	if at.passing == c.memo.places.resolution {
		return at.outside
	}
	var outside []*place
	if at.above != nil {
		outside = c.memo.places.allBelow(c.placesOf(at.above), at.step)
	}
	value, _ := c.memo.places.look(at)
	if mapping, isMap := asMap(value); isMap {
		outside = c.meet(mapping, outside)
	}
	at.passing, at.outside = c.memo.places.resolution, outside
	return outside
}

// meetAll registers the maps of an argument. Of what renderings share the maps below are met when a template gets there; in what a
// template has made all count, because it could be changed.
func (c *call) meetAll(value any, at *place) {
	switch value := value.(type) {
	case map[string]any:
		c.meet(value, at.alone)
		if !c.memo.isShared(value) {
			for key, below := range value {
				switch below.(type) {
				case map[string]any, common.Values, []any:
					c.meetAll(below, c.memo.places.below(at, step{key: key}))
				}
			}
		}
	case common.Values:
		c.meetAll(map[string]any(value), at)
	case []any:
		for index, below := range value {
			switch below.(type) {
			case map[string]any, common.Values, []any:
				c.meetAll(below, c.memo.places.below(at, step{index: index, item: true}))
			}
		}
	}
}

// meet notes that a map is in those places, and returns all in which it is.
func (c *call) meet(value map[string]any, at []*place) []*place {
	address := reflect.ValueOf(value).Pointer()
	met, before := c.met[address]
	if before {
		missing := false
		for _, each := range at {
			missing = missing || !slices.Contains(met.at, each)
		}
		if !missing {
			return met.at
		}
		// Maps have no order, and questions need one.
		at = slices.Concat(met.at, at)
		slices.SortFunc(at, func(one, other *place) int { return one.number - other.number })
		at = slices.Compact(at)
	} else if len(at) == 0 {
		return nil
	}
	c.met[address] = metMap{value, at}
	return at
}

// follow goes down from a value, as text/template does for .a.b, and notes what is learnt there. It works without a call, too.
func (c *call) follow(value any, steps []step, asked aspect) (any, finding) {
	found := here
	var at []*place
	mapping, isMap := asMap(value)
	if c != nil && isMap {
		at = c.meet(mapping, nil)
	}
	for _, each := range steps {
		if len(at) > 0 {
			if constant(each.key) && c.memo.isScope(mapping) {
				at = nil
			} else {
				at = c.memo.places.allBelow(at, each)
			}
		}
		value, found = down(value, each)
		if found == unreachable {
			// text/template has the right words for it.
			panic(errLeftToHelm)
		}
		if mapping, isMap = asMap(value); isMap && c != nil {
			at = c.meet(mapping, at)
		}
	}
	if c != nil {
		c.learn(value, found, at, asked)
	}
	return value, found
}

// constant tells which parts of the scope are the same in all renderings of a chart.
func constant(key string) bool {
	switch key {
	case "Chart", "Files", "Subcharts", "Template":
		return true
	}
	return false
}

// learn notes what an aspect tells of a value.
func (c *call) learn(value any, found finding, at []*place, asked aspect) {
	mapping, isMap := asMap(value)
	switch {
	case asked == untold:
		c.memo.forsake()
	case asked == presence:
		c.note(value, found, at, presence)
	case isMap && asked == shape:
		c.note(value, found, at, shape)
	case isMap && asked == reached:
	case len(at) > 0:
		c.note(value, found, at, content)
	case asked == content:
		// Of a map or list that a template has made the question is what it was made of.
		if !isMap || !c.memo.isShared(mapping) {
			c.learnBelow(value)
		}
	}
}

func (c *call) learnBelow(value any) {
	if mapping, isMap := asMap(value); isMap {
		for _, below := range mapping {
			c.learnItem(below)
		}
	} else if list, isList := value.([]any); isList {
		for _, below := range list {
			c.learnItem(below)
		}
	}
}

func (c *call) learnItem(value any) {
	if mapping, isMap := asMap(value); isMap {
		c.learn(value, here, c.meet(mapping, nil), content)
	} else {
		c.learnBelow(value)
	}
}

// note writes down an answer for each of the places where something was found.
func (c *call) note(value any, found finding, at []*place, asked aspect) {
	for _, each := range at {
		if !c.knows(each, asked) {
			answer, comparable := c.memo.contents.answer(value, found, asked)
			if !comparable {
				c.unlike = true
				return
			}
			c.write(at, asked, answer)
			return
		}
	}
}

func (c *call) write(at []*place, asked aspect, answer print) {
	for _, each := range at {
		if !c.knows(each, asked) {
			c.known[ask(each, asked)] = struct{}{}
			c.learnt = append(c.learnt, answered{ask(each, asked), answer})
		}
	}
}

// knows tells whether it follows from what was learnt before.
func (c *call) knows(at *place, asked aspect) bool {
	if _, known := c.known[ask(at, asked)]; known {
		return true
	}
	for ; at != nil; at = at.above {
		if _, known := c.known[ask(at, content)]; known {
			return true
		}
	}
	return false
}

// changed notes that a map, and the maps below it too if deep is set, is about to be changed: a call that was handed one of them does
// more than print a text.
func (m *memo) changed(into map[string]any, deep bool) {
	address := reflect.ValueOf(into).Pointer()
	for _, each := range m.underWay {
		if _, met := each.met[address]; met {
			each.unlike = true
		}
	}
	if !deep {
		return
	}
	for _, below := range into {
		if mapping, isMap := asMap(below); isMap {
			m.changed(mapping, deep)
		}
	}
}

// forsake keeps all calls under way from being remembered.
func (m *memo) forsake() {
	for _, each := range m.underWay {
		each.unlike = true
	}
}
