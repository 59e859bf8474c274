#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.h"
#include "log/line.h"
#include "targets.h"

namespace daybook::fuzz {
namespace {

std::uint64_t take_number(std::string_view& input) {
    std::uint64_t number = 0;
    const std::size_t count = std::min(input.size(), sizeof number);
    std::memcpy(&number, input.data(), count);
    input.remove_prefix(count);
    return number;
}

}  // namespace

// seq and synced, eight bytes each; a place in the line and a byte to put there; the body.
void fuzz_trailer(std::string_view input) {
    const log::Seq seq(std::max<std::uint64_t>(take_number(input), 1));
    const log::Seq synced(take_number(input));
    const std::uint64_t change = take_number(input);
    const std::string body(input.substr(0, input.find('\n')));

    std::string text = "before\n" + body;
    log::append_trailer(text, 7, seq, synced);
    DAYBOOK_CHECK(text.size() - 7 - body.size() <= log::kTrailerBytesMax);
    DAYBOOK_CHECK(text.back() == '\n');
    std::string line = text.substr(7, text.size() - 8);
    const log::Line read = log::judge_line(line, ByteOffset(7));
    DAYBOOK_CHECK(read.kind == log::LineKind::kOurs);
    DAYBOOK_CHECK(read.seq == seq && read.synced == synced && read.body == body);

    char& changed = line[change % line.size()];
    const char was = changed;
    changed = static_cast<char>(change >> 56);
    if (changed == was) return;
    DAYBOOK_CHECK(log::judge_line(line, ByteOffset(7)).kind != log::LineKind::kOurs);
}

}  // namespace daybook::fuzz
