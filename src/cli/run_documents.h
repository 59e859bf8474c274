// A run as documents that can be compared with those of another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/session.h"

namespace daybook::cli {

struct RunDocuments {
    std::string run_id{};
    std::string name{};
    std::string status{};
    std::optional<std::int64_t> created_at_ms{};
    // run, code, configuration, data, environment, results; each is a JSON object.
    struct Part {
        std::string name;
        std::string json;
    };
    std::vector<Part> parts{};
};

// Reads the index, and the run's diff in the ledger.  kNotFound: the index does not have the run.
Result<RunDocuments> read_run_documents(query::Session& session, const std::string& ledger_dir,
                                        const std::string& run_id);

}  // namespace daybook::cli
