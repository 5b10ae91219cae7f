// An assembly file lets this package declare functions without a body: those that fast.go links from Helm.
