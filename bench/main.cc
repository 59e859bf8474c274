// daybook_bench: measures what the figures promise, beside peers and the raw limit, in one run.
//
//     daybook_bench [--rounds 7] [--scale 1] [--dir build/bench-data] [NAME…]
//
// Exit status 0: every target is met; 1: one is missed; 2: something could not be measured.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "suites.h"

namespace daybook::bench {
namespace {

struct Suite {
    std::string_view name;
    Status (*run)(const Workspace&, const Settings&, Report&);
};

constexpr Suite kSuites[] = {
    {"emit", bench_emit},
    {"emit-power", bench_emit_power},
    {"emit-json", bench_emit_json},
    {"emit-process", bench_emit_process},
    {"emit-stdin", bench_emit_stdin},
    {"index", bench_index},
};

struct Arguments {
    Settings settings;
    std::vector<std::string_view> names;
};

Result<Arguments> parse(std::span<char*> words) {
    Arguments arguments;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (!word.starts_with("--")) {
            arguments.names.push_back(word);
            continue;
        }
        if (i + 1 == words.size()) {
            return fail(ErrorCode::kInvalidArgument, "{}: its value is missing", word);
        }
        const std::string_view value = words[++i];
        const char* const end = value.data() + value.size();
        std::from_chars_result parsed{.ptr = end, .ec = std::errc()};
        if (word == "--dir") {
            arguments.settings.directory = value;
        } else if (word == "--rounds") {
            parsed = std::from_chars(value.data(), end, arguments.settings.rounds);
        } else if (word == "--scale") {
            parsed = std::from_chars(value.data(), end, arguments.settings.scale);
        } else {
            return fail(ErrorCode::kInvalidArgument, "{}: no such option", word);
        }
        if (parsed.ec != std::errc() || parsed.ptr != end) {
            return fail(ErrorCode::kInvalidArgument, "{} {}: not a number", word, value);
        }
    }
    return arguments;
}

bool is_wanted(const Arguments& arguments, std::string_view name) {
    return arguments.names.empty() ||
           std::ranges::find(arguments.names, name) != arguments.names.end();
}

Result<bool> run(std::span<char*> words) {
    ASSIGN_OR_RETURN(const Arguments arguments, parse(words));
    ASSIGN_OR_RETURN(const Workspace workspace, Workspace::make(arguments.settings));
    fmt::print("median of {} rounds, contenders in turn, in {}\n", arguments.settings.rounds,
               workspace.directory());
    for (const std::string_view name : arguments.names) {
        const bool known = std::ranges::find(kSuites, name, &Suite::name) != std::end(kSuites);
        if (!known) return fail(ErrorCode::kNotFound, "{}: no such measurement", name);
    }
    Report report;
    for (const Suite& suite : kSuites) {
        if (is_wanted(arguments, suite.name)) {
            RETURN_IF_ERROR(suite.run(workspace, arguments.settings, report));
        }
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
