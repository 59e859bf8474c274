#include "cli/progress.h"

#include <algorithm>

#include "cli/human.h"
#include "base/text_width.h"

namespace daybook::cli {
namespace {

constexpr std::int64_t kIntervalNs = 100'000'000;
constexpr std::uint64_t kBarColumns = 20;

}  // namespace

std::string progress_line(std::string_view label, std::uint64_t done, std::uint64_t total,
                          std::int64_t elapsed_ns, std::string_view note) {
    std::string line(label);
    if (total > 0) {
        const std::uint64_t shown = std::min(done, total);
        const std::uint64_t filled = shown * kBarColumns / total;
        line += "  ";
        for (std::uint64_t i = 0; i < kBarColumns; ++i) line += i < filled ? "━" : "─";
        line += fmt::format("  {:3}%  {} of {}", shown * 100 / total, human_count(done),
                            human_count(total));
    } else {
        line += fmt::format("  {}", human_count(done));
        if (elapsed_ns >= kIntervalNs) {
            const double seconds = static_cast<double>(elapsed_ns) / 1e9;
            const double rate = static_cast<double>(done) / seconds;
            line += fmt::format("  {}/s", human_count(static_cast<std::uint64_t>(rate)));
        }
    }
    if (!note.empty()) line += fmt::format("  {}", note);
    return line;
}

Progress::Progress(const Style& error_style, const Clock& clock, std::string label,
                   std::uint64_t total)
    : style_(error_style),
      clock_(clock),
      label_(std::move(label)),
      total_(total),
      started_ns_(clock.monotonic_ns()) {
    // Work that is done in a moment shows nothing.
    next_ns_ = started_ns_ + kIntervalNs;
}

void Progress::update(std::uint64_t done, std::string_view note) {
    if (!shown()) return;
    const std::int64_t now_ns = clock_.monotonic_ns();
    if (now_ns < next_ns_) return;
    next_ns_ = now_ns + kIntervalNs;
    std::string line = progress_line(label_, done, total_, now_ns - started_ns_, note);
    if (style_.columns > 1) {
        line = cut_to_width(line, static_cast<std::size_t>(style_.columns - 1));
    }
    write_standard_error("\r\x1b[2K" + line);
    visible_ = true;
}

void Progress::clear() {
    if (visible_) write_standard_error("\r\x1b[2K");
    visible_ = false;
}

}  // namespace daybook::cli
