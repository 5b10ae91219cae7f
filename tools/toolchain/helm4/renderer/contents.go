package main

import (
	"fmt"
	"hash/maphash"
	"math"
	"math/bits"
	"reflect"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
)

// print stands for a content: 64 bits, seeded anew in each process, so that two contents that had the same one would not have it again.
type print uint64

// printer computes prints. Those of maps that cannot change are computed once in a rendering.
type printer struct {
	seed   maphash.Seed
	known  map[uintptr]print
	shared func(map[string]any) bool
}

func (p print) and(more uint64) print {
	return print((bits.RotateLeft64(uint64(p), 23) ^ more) * 0x9e3779b97f4a7c15)
}

func (r *printer) text(text string) uint64 {
	return maphash.String(r.seed, text)
}

// Prints of what is no text.
const (
	ofNothing print = iota + 0x51
	ofAbsence
	ofUnreachable
	ofTrue
	ofFalse
	ofFloat
	ofInt
	ofInt64
	ofText
	ofList
	ofTexts
	ofMap
	ofValues
	ofCapabilities
)

// of returns false for what cannot be compared.
func (r *printer) of(value any) (print, bool) {
	switch value := value.(type) {
	case nil:
		return ofNothing.and(0), true
	case string:
		return ofText.and(r.text(value)), true
	case bool:
		if value {
			return ofTrue.and(0), true
		}
		return ofFalse.and(0), true
	case float64:
		return ofFloat.and(math.Float64bits(value)), true
	case int:
		return ofInt.and(uint64(value)), true
	case int64:
		return ofInt64.and(uint64(value)), true
	case map[string]any:
		return r.mapping(ofMap, value)
	case common.Values:
		return r.mapping(ofValues, value)
	case []any:
		whole := ofList.and(uint64(len(value)))
		for _, below := range value {
			part, comparable := r.of(below)
			if !comparable {
				return 0, false
			}
			whole = whole.and(uint64(part))
		}
		return whole, true
	case []string:
		return ofTexts.and(r.text(strings.Join(value, "\x00"))).and(uint64(len(value))), true
	case *common.Capabilities:
		return ofCapabilities.and(r.text(fmt.Sprintf("%v %v", value.KubeVersion, value.APIVersions))), true
	}
	return 0, false
}

// mapping adds up the entries, because they have no order.
func (r *printer) mapping(kind print, value map[string]any) (print, bool) {
	address := reflect.ValueOf(value).Pointer()
	if known, found := r.known[address]; found {
		return kind.and(uint64(known)), known != 0
	}
	sum, comparable := print(len(value)+1), true
	for key, below := range value {
		part, ok := r.of(below)
		if !ok {
			comparable = false
			break
		}
		sum += print(r.text(key)).and(uint64(part))
	}
	if !comparable {
		sum = 0
	}
	if r.shared(value) {
		r.known[address] = sum
	}
	return kind.and(uint64(sum)), comparable
}

// answer is the print of an aspect of what was found at a place.
func (r *printer) answer(value any, found finding, asked aspect) (print, bool) {
	switch found {
	case absent:
		return ofAbsence, true
	case unreachable:
		return ofUnreachable, true
	}
	switch asked {
	case presence:
		return ofTrue, true
	case shape:
		if mapping, isMap := asMap(value); isMap {
			if len(mapping) == 0 {
				return ofMap, true
			}
			return ofValues, true
		}
	}
	return r.of(value)
}

// start is the print of a template's name and of what its argument is made of. What a map holds is not part of it: that is asked
// for when it is read.
func (r *printer) start(name string, argument any) (print, bool) {
	return r.form(print(r.text(name)), argument)
}

func (r *printer) form(before print, value any) (print, bool) {
	switch value := value.(type) {
	case map[string]any:
		return before.and(uint64(ofMap)), true
	case common.Values:
		return before.and(uint64(ofValues)), true
	case []any:
		before = before.and(uint64(ofList)).and(uint64(len(value)))
		for _, below := range value {
			var comparable bool
			if before, comparable = r.form(before, below); !comparable {
				return 0, false
			}
		}
		return before, true
	}
	part, comparable := r.of(value)
	return before.and(uint64(part)), comparable
}
