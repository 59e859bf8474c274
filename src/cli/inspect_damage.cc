#include "cli/inspect_damage.h"

#include <algorithm>

#include <fmt/format.h>

#include "log/rescue.h"

namespace daybook::cli {
namespace {

constexpr std::string_view kOpening = R"({"event_type":")";
constexpr std::size_t kHexBytes = 16;

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && byte != '\t' && byte != '\r';
}

// The first byte of the line that belongs to no record.
std::optional<ByteOffset> first_between(const log::Line& line,
                                        const std::vector<log::Line>& records) {
    ByteOffset at = line.offset;
    for (const log::Line& record : records) {
        if (record.offset != at) return at;
        at = record.offset + record.length;
    }
    const ByteOffset end = line.offset + line.text.size();
    return at < end && !records.empty() ? std::optional(at) : std::nullopt;
}

}  // namespace

DamageReport examine_damage(const log::Line& line) {
    DamageReport report;
    const auto control = std::find_if(line.text.begin(), line.text.end(), is_control);
    if (control != line.text.end()) {
        report.control_byte = line.offset + static_cast<std::uint64_t>(control - line.text.begin());
    }
    report.records = log::find_records(line.text, line.offset, kOpening);
    report.problem =
        report.control_byte ? report.control_byte : first_between(line, report.records);
    return report;
}

std::string hex_around(std::string_view text, ByteOffset base, ByteOffset at) {
    const std::size_t place = at - base;
    const std::size_t begin = place - std::min(place, kHexBytes / 2);
    const std::string_view bytes = text.substr(begin, kHexBytes);
    std::string out = fmt::format("0x{:04x} ", base.value() + begin);
    for (const char c : bytes) out += fmt::format(" {:02x}", static_cast<unsigned char>(c));
    out += "  |";
    for (const char c : bytes) out += c >= 0x20 && c < 0x7f ? c : '.';
    return out + "|";
}

}  // namespace daybook::cli
