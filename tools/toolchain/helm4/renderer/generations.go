package main

// generations is a memory of bounded size: when the young entries have grown to half of it they become the old ones, and what
// was old and not used since is forgotten.
type generations[K comparable, V any] struct {
	young, old map[K]sized[V]
	bytes      int
	half       int
}

type sized[V any] struct {
	value V
	bytes int
}

func newGenerations[K comparable, V any](bytes int) *generations[K, V] {
	return &generations[K, V]{young: map[K]sized[V]{}, half: bytes / 2}
}

func (g *generations[K, V]) get(key K) (V, bool) {
	if found, known := g.young[key]; known {
		return found.value, true
	}
	found, known := g.old[key]
	if known {
		g.put(key, found.value, found.bytes)
	}
	return found.value, known
}

// put remembers a value that takes about so many bytes.
func (g *generations[K, V]) put(key K, value V, bytes int) {
	if g.bytes+bytes > g.half {
		g.young, g.old, g.bytes = map[K]sized[V]{}, g.young, 0
	}
	g.young[key] = sized[V]{value, bytes}
	g.bytes += bytes
}
