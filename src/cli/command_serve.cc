// daybook serve: keeps the tables up to date, and says how it does.

#include <charconv>
#include <string_view>

#include "cli/context.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/query_limits.h"
#include "os/environment.h"
#include "os/process.h"
#include "server/daemon.h"
#include "server/http_server.h"

namespace daybook::cli {
namespace {

std::int64_t number(const std::string& text) {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    return parsed.ec == std::errc() ? value : 0;
}

constexpr std::string_view kOff = "off";

// "50MB/s" or "50MB"; "off": 0, which is no limit.
Result<std::uint64_t> parse_rate(std::string_view text) {
    if (text == kOff) return 0;
    if (text.ends_with("/s")) text.remove_suffix(2);
    return parse_size(text);
}

// "50%" as 0.5.
Result<double> parse_percent(std::string_view text) {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    const bool is_percent = parsed.ec == std::errc() && parsed.ptr + 1 == end && *parsed.ptr == '%';
    if (!is_percent || !(value >= 1 && value <= 100)) {
        return fail(ErrorCode::kInvalidArgument, "'{}' is none of 1% to 100%", printable(text));
    }
    return value / 100;
}

// What is said of maintenance, as it is said.
struct MaintenanceFlags {
    bool on = false;
    std::string archive_after = "7d";
    std::string io = "50MB/s";
    std::string cpu = "50%";
    std::string pause_above = "4MB/s";
    double period_seconds = 3600;

    void declare(CLI::App& app) {
        app.add_flag("--maintain", on,
                     "Archive days that are over, delete what the policy says, collect garbage, "
                     "empty the trash");
        const auto add = [&](const char* name, std::string& value, const char* type,
                             const char* description) {
            app.add_option(name, value, description)->type_name(type);
        };
        add("--archive-after", archive_after, "DURATION",
            "With --maintain: how long a day has been over when it is archived (7d)");
        add("--maintain-io", io, "SIZE/s",
            "How much maintenance reads and writes (50MB/s; or off)");
        add("--maintain-cpu", cpu, "PERCENT",
            "How much of the time it works, with one processor (50%)");
        add("--maintain-pause", pause_above, "SIZE/s",
            "It waits while the log grows faster than this (4MB/s; or off)");
        add_seconds(app, "--maintain-interval", period_seconds, 0.05, 86'400.0,
                    "How often it looks for days to archive (3600); for garbage, and for what the "
                    "policy says, every 24th of that");
    }
    Result<server::MaintenanceOptions> parse() const {
        server::MaintenanceOptions options{.period_seconds = period_seconds};
        const auto named = [](auto result, const char* name) {
            return result ? result : fail(result.error().with_context(name));
        };
        ASSIGN_OR_RETURN(options.tasks.archive_after_ms,
                         named(parse_duration(archive_after), "--archive-after"));
        ASSIGN_OR_RETURN(options.pace.bytes_per_second, named(parse_rate(io), "--maintain-io"));
        ASSIGN_OR_RETURN(options.pace.time_share, named(parse_percent(cpu), "--maintain-cpu"));
        ASSIGN_OR_RETURN(options.pace.pause_above,
                         named(parse_rate(pause_above), "--maintain-pause"));
        return options;
    }
};

class ServeCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        add_seconds(app, "--interval", options_.interval_seconds, 0.05, 86'400.0,
                    "How often to look where the kernel does not tell of changes (30)");
        app.add_flag("--poll", options_.poll, "Look every --interval; do not ask the kernel");
        app.add_option("--listen", options_.listen,
                       "Where HTTP is answered (127.0.0.1:7723); port 0: one that is free")
            ->type_name("HOST:PORT");
        app.add_flag("--no-http", no_http_, "Do not listen at all");
        app.add_flag("--standby", options_.standby,
                     "Wait while another daemon serves the ledger, and take over when it has gone");
        add_seconds(app, "--lag-max", options_.lag_seconds_max, 0.0, 1e9,
                    "How far the index may be behind until /readyz says so (60)");
        app.add_option("--disk-free-min", options_.disk_free_bytes_min,
                       "How little room there may be until /readyz says so (1GiB)")
            ->type_name("SIZE")
            ->transform(CLI::AsSizeValue(false));
        add_seconds(app, "--heartbeat-max", options_.heartbeat_seconds_max, 1.0, 1e9,
                    "How long a run that sends heartbeats, and whose process cannot be seen from "
                    "here, may be silent: at least three of those it has announced (300)");
        maintenance_.declare(app);
        add_choice(app, "--log-format", log_format_, "text|json", "How to write the log");
        app.add_flag("-v,--verbose", options_.verbose, "Log each batch, too");
    }

    Result<ExitCode> run(Context& context) override {
        const auto directory = context.existing_ledger();
        if (!directory) return context.report(directory.error(), ExitCode::kUsage);
        if (const auto address = server::parse_address(options_.listen); !address) {
            return context.report(address.error().with_context("--listen"), ExitCode::kUsage);
        }
        const auto maintenance = maintenance_.parse();
        if (!maintenance) return context.report(maintenance.error(), ExitCode::kUsage);
        if (maintenance_.on) options_.maintenance = *maintenance;
        options_.root = *directory;
        options_.extra = extra_source();
        if (no_http_) options_.listen.clear();
        options_.json_log = log_format_ == "json";
        options_.notify_socket = os::environment_variable("NOTIFY_SOCKET");
        // A watchdog of another process is none of ours.
        const std::string watched = os::environment_variable("WATCHDOG_PID");
        const bool is_ours = watched.empty() || number(watched) == os::this_process().pid;
        if (is_ours) options_.watchdog_us = number(os::environment_variable("WATCHDOG_USEC"));
        RETURN_IF_ERROR(server::serve(options_));
        return ExitCode::kOk;
    }

private:
    server::ServeOptions options_;
    MaintenanceFlags maintenance_;
    std::string log_format_ = "text";
    bool no_http_ = false;
};

}  // namespace

extern constinit const CommandInfo kServeCommand = {
    .name = "serve",
    .summary = "Keeps the tables up to date while events come, and says how it does",
    .details =
        "Indexes within a quarter of a second, and at once when a run has ended; seals days that\n"
        "are over; records run.interrupted for runs whose process has died.  Nothing needs it:\n"
        "events are recorded, and questions answered, without it.  One daemon serves a ledger.\n"
        "\n"
        "HTTP: /livez, /readyz, /healthz, /metrics (Prometheus), POST /api/v1/sync.  The log goes\n"
        "to standard error.  SIGTERM and Ctrl-C stop it within two seconds.\n"
        "\n"
        "With --maintain it also does what daybook archive, retain, gc and the trash need, "
        "slowly,\n"
        "and not while backtests write hard.",
    .examples =
        "daybook serve --interval 30 --verbose\n"
        "curl -s http://127.0.0.1:7723/readyz\n"
        "# index now, and wait until it is done\n"
        "curl -s -X POST http://127.0.0.1:7723/api/v1/sync\n"
        "# old days become Parquet, at 20 MB/s\n"
        "daybook serve --maintain --archive-after 14d --maintain-io 20MB/s\n"
        "# a second one, which takes over when the first has gone\n"
        "daybook serve --standby --listen 127.0.0.1:7724",
    .common_flags = kLedgerFlag,
    .make = make_command<ServeCommand>,
};

}  // namespace daybook::cli
