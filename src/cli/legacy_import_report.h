// What an import of an old file came to, for people and for programs.
#pragma once

#include <string>

#include "cli/context.h"
#include "legacy/import.h"

namespace daybook::cli {

struct ImportPrint {
    std::string source{};  // its name
    std::string path{};
    bool dry_run = false;
};

// JSON: one object with all there is to know.  CSV: a row for each rule.  For people a table of the
// rules that have events, the totals, and on standard error what is to be said of single rows.
void print_import(const legacy::ImportReport& report, const ImportPrint& what, Context& context);

}  // namespace daybook::cli
