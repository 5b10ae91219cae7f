package main

import "helm.sh/helm/v4/pkg/chart/common"

// place is a place in the argument of a call: the argument itself, or what it holds below a path. The same path is the same place in
// all calls.
type place struct {
	number int
	above  *place
	step   step
	path   []step // from the argument
	below  map[step]*place
	alone  []*place // this one

	// What the resolution of that number has found here.
	resolution uint64
	value      any
	found      finding
	// Its places in the argument of the call around, of that resolution.
	passing uint64
	outside []*place
}

// step leads from a map to what it holds under a key, or from a list to an item.
type step struct {
	key   string
	index int
	item  bool
}

type finding int

const (
	here finding = iota
	absent
	unreachable
)

// aspect is what can be known of a place.
type aspect int

const (
	content  aspect = iota // all that is there
	shape                  // of a map, that it is one and whether it is empty; all of anything else
	presence               // whether the map around it has the key
	aspects
	// Not of a place, but of what a template has reached: nothing of a map, all of anything else.
	reached
	// All of a map; of a list that a template has made nothing, because the template goes on to its items.
	ranged
	// More than anything that could be noted.
	untold
)

// question is an aspect of a place.
type question int32

func ask(at *place, asked aspect) question {
	return question(at.number*int(aspects) + int(asked))
}

// places are all that calls were asked about.
type places struct {
	all        []*place
	resolution uint64
}

func newPlaces() *places {
	known := &places{}
	known.add(nil, step{})
	return known
}

func (p *places) argument() *place { return p.all[0] }

func (p *places) add(above *place, next step) *place {
	made := &place{number: len(p.all), above: above, step: next}
	if above != nil {
		made.path = append(above.path[:len(above.path):len(above.path)], next)
	}
	made.alone = []*place{made}
	p.all = append(p.all, made)
	return made
}

// below is the place one step down.
func (p *places) below(at *place, next step) *place {
	known := at.below[next]
	if known == nil {
		known = p.add(at, next)
		if at.below == nil {
			at.below = map[step]*place{}
		}
		at.below[next] = known
	}
	return known
}

// allBelow are the places one step down from each. One map can be in several places of an argument.
func (p *places) allBelow(at []*place, next step) []*place {
	switch len(at) {
	case 0:
		return nil
	case 1:
		return p.below(at[0], next).alone
	}
	found := make([]*place, 0, len(at))
	for _, each := range at {
		found = append(found, p.below(each, next))
	}
	return found
}

// resolve begins to look into another argument.
func (p *places) resolve(argument any) {
	p.resolution++
	top := p.argument()
	top.resolution, top.value, top.found = p.resolution, argument, here
}

// look tells what the argument of the resolution holds at a place.
func (p *places) look(at *place) (any, finding) {
	if at.resolution != p.resolution {
		at.resolution = p.resolution
		value, found := p.look(at.above)
		if found == here {
			value, found = down(value, at.step)
		} else {
			found = unreachable
		}
		at.value, at.found = value, found
	}
	return at.value, at.found
}

// asked is the place and the aspect of a question.
func (p *places) asked(of question) (*place, aspect) {
	return p.all[int(of)/int(aspects)], aspect(int(of) % int(aspects))
}

// down takes one step.
func down(value any, next step) (any, finding) {
	switch value := value.(type) {
	case map[string]any:
		if !next.item {
			below, known := value[next.key]
			if !known {
				return nil, absent
			}
			return below, here
		}
	case common.Values:
		return down(map[string]any(value), next)
	case []any:
		if next.item && next.index < len(value) {
			return value[next.index], here
		}
	}
	return nil, unreachable
}

// asMap takes the two types of maps that templates see for one.
func asMap(value any) (map[string]any, bool) {
	switch value := value.(type) {
	case map[string]any:
		return value, true
	case common.Values:
		return value, true
	}
	return nil, false
}
