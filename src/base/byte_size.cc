#include "base/byte_size.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace daybook {
namespace {

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 9> kUnits = {
    {{"B", 1},
     {"KB", 1'000},
     {"MB", 1'000'000},
     {"GB", 1'000'000'000},
     {"TB", 1'000'000'000'000},
     {"KiB", std::uint64_t{1} << 10},
     {"MiB", std::uint64_t{1} << 20},
     {"GiB", std::uint64_t{1} << 30},
     {"TiB", std::uint64_t{1} << 40}}};
// What is more is a slip, and must not overflow.
constexpr std::uint64_t kCountMax = 1'000'000;

}  // namespace

Result<std::uint64_t> parse_byte_size(std::string_view text) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    if (unit.starts_with(' ')) unit.remove_prefix(1);
    const auto* const known = std::find_if(kUnits.begin(), kUnits.end(),
                                           [unit](const auto& size) { return size.first == unit; });
    const std::uint64_t count_max = unit == "B" ? kCountMax * kCountMax : kCountMax;
    if (error != std::errc() || known == kUnits.end() || count == 0 || count > count_max) {
        return fail(ErrorCode::kInvalidArgument,
                    "'{}' is no size: expected one such as 512MB, 2GB or 2GiB", printable(text));
    }
    return count * known->second;
}

}  // namespace daybook
