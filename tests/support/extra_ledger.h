// A ledger that stands for old files: an ordinary one, whose index is attached to another's.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "base/calendar.h"
#include "index/builder.h"
#include "index/extra_index.h"
#include "support/index_memory.h"
#include "support/ledger_lines.h"

namespace daybook::testing {

class ExtraLedger {
public:
    explicit ExtraLedger(std::string name, std::optional<Day> cutover = {})
        : name_(std::move(name)), cutover_(cutover) {}

    LedgerLines& lines() { return lines_; }
    // Indexes it, and says where the index is.
    index::ExtraIndex index() {
        const index::BuildReport report = value_of(index::build(lines_.root()));
        return {.name = name_,
                .snapshot = index::IndexLayout(lines_.root()).generation_path(report.generation),
                .cutover = cutover_};
    }

private:
    std::string name_;
    std::optional<Day> cutover_;
    LedgerLines lines_;
};

}  // namespace daybook::testing
