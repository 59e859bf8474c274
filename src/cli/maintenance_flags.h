// The flags of `daybook serve` that say what maintenance does and what it may cost.
#pragma once

#include <string>

#include "base/result.h"
#include "server/options.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// What is said of maintenance, as it is said.  The defaults are those of
// server::MaintenanceOptions.
struct MaintenanceFlags {
    bool on = false;
    std::string archive_after = "7d";
    std::string io = "50MB/s";
    std::string cpu = "50%";
    std::string pause_above = "4MB/s";
    double period_seconds = 3600;

    // The other flags need --maintain: without it they would say nothing.
    void declare(CLI::App& app);
    // An error names the flag, what was found and what was expected.
    Result<server::MaintenanceOptions> parse() const;
};

}  // namespace daybook::cli
