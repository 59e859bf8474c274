// daybook_bench: measures what the figures promise, beside peers and the raw limit, in one run.
//
//     daybook_bench [--only NAME]… [--long] [--rounds 7] [--scale 1] [--format table|json]
//                   [--dir build/bench-data]
//     daybook_bench --list
//
// --long: also what takes many minutes or many gigabytes; suites that take both run only then, or
// if they are named.
//
// Exit status 0: every target is met; 1: one is missed; 2: something could not be measured.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "os/process.h"
#include "suites.h"

namespace daybook::bench {
namespace {

struct Suite {
    std::string_view name;
    Status (*run)(const Workspace&, const Settings&, Report&);
    bool is_long = false;
};

constexpr Suite kSuites[] = {
    {"append", bench_append},
    {"append-many", bench_append_many},
    {"power", bench_power},
    {"power-many", bench_power_many},
    {"session", bench_session},
    {"crash", bench_crash},
    {"verify", bench_verify},
    {"emit", bench_emit},
    {"emit-power", bench_emit_power},
    {"emit-json", bench_emit_json},
    {"emit-process", bench_emit_process},
    {"emit-stdin", bench_emit_stdin},
    {"index", bench_index},
    {"index-parse", bench_index_parse},
    {"index-increment", bench_index_increment},
    {"index-10m", bench_index_10m, true},
    {"archive", bench_archive},
    {"index-archived", bench_index_archived},
    {"publish", bench_publish},
    {"publish-readers", bench_publish_readers},
    {"query-runs", bench_query_runs},
    {"query-fresh", bench_query_fresh},
    {"merge", bench_merge},
    {"serve", bench_serve},
    {"growth", bench_growth},
    {"engine", bench_engine},
    {"optimize", bench_optimize},
    {"path-only", bench_path_only},
    {"candles-memory", bench_candles_memory},
    {"retention", bench_retention, true},
#ifdef DAYBOOK_LEGACY
    {"legacy", bench_legacy},
#endif
};

struct Arguments {
    Settings settings;
    Format format = Format::kTable;
    bool list = false;
    std::vector<std::string_view> only;
};

Status set_option(Arguments& arguments, std::string_view option, std::string_view value) {
    const char* const end = value.data() + value.size();
    std::from_chars_result parsed{.ptr = end, .ec = std::errc()};
    if (option == "--only") {
        const bool known = std::ranges::find(kSuites, value, &Suite::name) != std::end(kSuites);
        if (!known) return fail(ErrorCode::kNotFound, "--only {}: see --list", value);
        arguments.only.push_back(value);
    } else if (option == "--dir") {
        arguments.settings.directory = value;
    } else if (option == "--format") {
        if (value != "table" && value != "json") {
            return fail(ErrorCode::kInvalidArgument, "--format {}: expected table or json", value);
        }
        arguments.format = value == "json" ? Format::kJson : Format::kTable;
    } else if (option == "--rounds") {
        parsed = std::from_chars(value.data(), end, arguments.settings.rounds);
    } else if (option == "--scale") {
        parsed = std::from_chars(value.data(), end, arguments.settings.scale);
    } else {
        return fail(ErrorCode::kInvalidArgument, "{}: no such option", option);
    }
    if (parsed.ec == std::errc() && parsed.ptr == end) return {};
    return fail(ErrorCode::kInvalidArgument, "{} {}: not a number", option, value);
}

Result<Arguments> parse(std::span<char*> words) {
    Arguments arguments;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view option = words[i];
        if (option == "--list") {
            arguments.list = true;
            continue;
        }
        if (option == "--long") {
            arguments.settings.is_long = true;
            continue;
        }
        if (i + 1 == words.size()) {
            return fail(ErrorCode::kInvalidArgument, "{}: its value is missing", option);
        }
        RETURN_IF_ERROR(set_option(arguments, option, words[++i]));
    }
    return arguments;
}

bool is_wanted(const Arguments& arguments, const Suite& suite) {
    if (arguments.only.empty()) return arguments.settings.is_long || !suite.is_long;
    return std::ranges::find(arguments.only, suite.name) != arguments.only.end();
}

Result<bool> run(std::span<char*> words) {
    ASSIGN_OR_RETURN(const Arguments arguments, parse(words));
    if (arguments.list) {
        for (const Suite& suite : kSuites) fmt::print("{}\n", suite.name);
        return true;
    }
    ASSIGN_OR_RETURN(const Workspace workspace, Workspace::make(arguments.settings));
    Report report(arguments.format);
    double load = 0;
    if (::getloadavg(&load, 1) != 1) load = -1;
    report.begin(
        fmt::format("median of {} rounds, contenders in turn, in {}; {} processors, load {:.1f}",
                    arguments.settings.rounds, workspace.directory(), os::processor_count(), load));
    for (const Suite& suite : kSuites) {
        if (!is_wanted(arguments, suite)) continue;
        Status measured = suite.run(workspace, arguments.settings, report);
        if (!measured) return fail(measured.error().with_context(std::string(suite.name)));
    }
    return report.finish();
}

}  // namespace
}  // namespace daybook::bench

int main(int argc, char** argv) {
    const auto met =
        daybook::bench::run(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
    if (!met) {
        fmt::print(stderr, "daybook_bench: {}\n", met.error().message());
        return 2;
    }
    return *met ? 0 : 1;
}
