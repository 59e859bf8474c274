// Where the records of a CSV file begin: not on every line, because a quoted field may hold line
// ends, and blank lines are no records.
#pragma once

#include <string_view>

namespace daybook::backtest {

class CsvRecords {
public:
    // Takes the file's next line, without its end.  Whether a record begins with it.
    bool begins_with(std::string_view line);

private:
    bool quoted_ = false;  // the line before ended within quotes
};

}  // namespace daybook::backtest
