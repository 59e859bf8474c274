// What came of comparing a log with an attached file, for people and for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/strong.h"
#include "cli/context.h"
#include "legacy/compare.h"
#include "legacy/left_out.h"

namespace daybook::cli {

// What of the attached file was compared.
struct ComparedFile {
    std::string name{};
    // What of it is in no event, so that nobody has compared it.
    std::vector<legacy::LeftOut> left_out{};
    // When the copy was made that was compared, where that is not the file as it is now.
    std::optional<TimestampMs> older_copy{};
};

// Prints it as context.format says: kCsv: a row for each difference; kJson: one object; kTable: the
// summary, the differences, what is explained, and at last what came of it.
void print_comparison(const ComparedFile& file, const legacy::CompareReport& report,
                      const legacy::CompareOptions& options, Context& context);

}  // namespace daybook::cli
