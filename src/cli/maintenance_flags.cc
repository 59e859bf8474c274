#include "cli/maintenance_flags.h"

#include <charconv>
#include <string_view>

#include "base/byte_size.h"
#include "base/text.h"
#include "cli/flags.h"
#include "cli/query_limits.h"

namespace daybook::cli {
namespace {

constexpr std::string_view kOff = "off";

// "50MB/s" or "50MB"; "off": 0, which is no limit.
Result<std::uint64_t> parse_rate(const std::string& text) {
    if (text == kOff) return 0;
    std::string_view size = text;
    if (size.ends_with("/s")) size.remove_suffix(2);
    const auto rate = parse_byte_size(size);
    if (!rate || *rate == 0) {
        return fail(ErrorCode::kInvalidArgument,
                    "found '{}', expected bytes a second such as 20MB/s, or off", printable(text));
    }
    return *rate;
}

// "50%" as 0.5.
Result<double> parse_percent(const std::string& text) {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    const bool is_percent = parsed.ec == std::errc() && parsed.ptr + 1 == end && *parsed.ptr == '%';
    if (!is_percent || !(value >= 1 && value <= 100)) {
        return fail(ErrorCode::kInvalidArgument,
                    "found '{}', expected a share of the time from 1% to 100%, such as 25%",
                    printable(text));
    }
    return value / 100;
}

}  // namespace

void MaintenanceFlags::declare(CLI::App& app) {
    CLI::Option* const maintain =
        app.add_flag("--maintain", on,
                     "Archive days that are over, delete what the policy says, collect garbage, "
                     "empty the trash");
    const auto add = [&](const char* name, std::string& value, const char* type,
                         const char* description) {
        app.add_option(name, value, description)->type_name(type)->needs(maintain);
    };
    add("--archive-after", archive_after, "DURATION",
        "How long a day has been over when it is archived (7d)");
    add("--maintain-io", io, "SIZE/s", "How much maintenance reads and writes (50MB/s; or off)");
    add("--maintain-cpu", cpu, "PERCENT",
        "How much of the time it works, with one processor (50%)");
    add("--maintain-pause", pause_above, "SIZE/s",
        "It waits while the log grows faster than this (4MB/s; or off)");
    add_seconds(app, "--maintain-interval", period_seconds, 0.05, 86'400.0,
                "How often it looks for days to archive (3600); for garbage, and for what the "
                "policy says, after 24 times that")
        ->needs(maintain);
}

Result<server::MaintenanceOptions> MaintenanceFlags::parse() const {
    server::MaintenanceOptions options{.period_seconds = period_seconds};
    const auto named = [](auto result, const char* name) {
        return result ? result : fail(result.error().with_context(name));
    };
    ASSIGN_OR_RETURN(options.tasks.archive_after_ms,
                     named(parse_duration(archive_after), "--archive-after"));
    ASSIGN_OR_RETURN(options.pace.bytes_per_second, named(parse_rate(io), "--maintain-io"));
    ASSIGN_OR_RETURN(options.pace.time_share, named(parse_percent(cpu), "--maintain-cpu"));
    ASSIGN_OR_RETURN(options.pace.pause_above, named(parse_rate(pause_above), "--maintain-pause"));
    return options;
}

}  // namespace daybook::cli
