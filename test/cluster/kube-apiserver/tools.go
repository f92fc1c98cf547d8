//go:build tools

// Package tools keeps the Kubernetes API server, which the tests build and run, among this module's requirements.
package tools

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
