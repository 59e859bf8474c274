// daybook serve: keeps the tables up to date, and says how it does.

#include <charconv>
#include <string>

#include "base/byte_size.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/index_session.h"
#include "cli/maintenance_flags.h"
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
        app.add_option("--disk-free-min", disk_free_min_,
                       "How little room there may be until /readyz says so (1GiB; 0: never)")
            ->type_name("SIZE");
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
        if (disk_free_min_ == "0") {
            options_.disk_free_bytes_min = 0;
        } else if (!disk_free_min_.empty()) {
            const auto bytes = parse_byte_size(disk_free_min_);
            if (!bytes) {
                return context.report(bytes.error().with_context("--disk-free-min"),
                                      ExitCode::kUsage);
            }
            options_.disk_free_bytes_min = *bytes;
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
    std::string disk_free_min_;  // empty: as the options have it
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
