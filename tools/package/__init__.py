"""The chart as it is published: archive, provenance, values schema, SPDX bill of materials, sums."""
