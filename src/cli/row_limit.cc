#include "cli/row_limit.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kFitsALook = 50;

}  // namespace

std::optional<std::size_t> RowLimit::most(const Context& context) const {
    const bool for_people = context.format == Format::kTable || context.format == Format::kMarkdown;
    const std::size_t rows = asked.value_or(for_people ? kFitsALook : 0);
    return rows > 0 ? std::optional(rows) : std::nullopt;
}

void RowLimit::tell(Context& context, const RowsTarget& target, std::size_t count,
                    std::string_view which) const {
    if (asked || context.format != Format::kTable || target.is_file()) return;
    if (most(context) != count) return;
    context.out.print("(the {} {}; --limit 0 shows all)\n", which, count);
}

}  // namespace daybook::cli
