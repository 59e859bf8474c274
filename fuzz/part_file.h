// A part that a fuzzer fills again and again.
#pragma once

#include <string_view>

#include "log/layout.h"
#include "log/scan.h"

namespace daybook::fuzz {

// The same directory for all inputs, in memory where the machine has such files; removed at exit.
class PartFile {
public:
    static PartFile& instance();

    void fill(std::string_view bytes) const;
    const log::Layout& layout() const { return layout_; }
    const log::PartId& id() const { return id_; }

private:
    explicit PartFile(const char* directory);
    ~PartFile();

    log::Layout layout_;
    log::PartId id_{.day = Day(20476), .number = log::PartNumber(1)};
};

}  // namespace daybook::fuzz
