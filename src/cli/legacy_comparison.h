// What came of comparing a log with an attached file, for people and for programs.
#pragma once

#include <string>

#include "cli/context.h"
#include "legacy/compare.h"

namespace daybook::cli {

// Prints it as context.format says: kCsv: a row for each difference; kJson: one object; kTable: the
// summary, the differences, what is explained, and a last line that says what came of it.
void print_comparison(const std::string& source, const legacy::CompareReport& report,
                      const legacy::CompareOptions& options, Context& context);

}  // namespace daybook::cli
