// /metrics: what the daemon knows, in Prometheus' text format.  A pure function of facts.
//
// Names and units are a promise to whoever has an alert on them: docs/operating/serve.md lists all.
#pragma once

#include <string>

#include "server/readiness.h"

namespace daybook::server {

inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

struct MetricsFacts {
    ReadinessFacts readiness{};
    bool ready = false;
    double started_at_seconds = 0;  // since the Unix epoch
};

std::string encode_metrics(const MetricsFacts& facts);

}  // namespace daybook::server
