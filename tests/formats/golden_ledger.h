// A small ledger with a bit of everything that can lie in one.
#pragma once

#include <string>

namespace daybook::formats {

// Makes it at `root`, where nothing may be, with today's writer; what no writer does to a part, a
// flipped bit or a death in the middle of a line, is then done to the files.
void write_golden_ledger(const std::string& root);

}  // namespace daybook::formats
