module keda-chart/toolchain/workloads

go 1.26.6
