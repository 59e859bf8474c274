// What is wrong with a damaged or unfinished line, and what of it can still be read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strong.h"
#include "log/line.h"

namespace daybook::cli {

struct DamageReport {
    // The first byte that JSON text never holds, as an offset in the file.
    std::optional<ByteOffset> control_byte{};
    // The whole records in the line, which `daybook repair` appends again; they borrow the line.
    std::vector<log::Line> records{};
    // Where to look: the control byte, or else what stands between the records.
    std::optional<ByteOffset> problem{};
};
DamageReport examine_damage(const log::Line& line);

// The bytes around `at`, which lies in `text`, which begins at `base`:
//     "0x00e5  73 74 61 7b 22  |sta{"|"
std::string hex_around(std::string_view text, ByteOffset base, ByteOffset at);

}  // namespace daybook::cli
