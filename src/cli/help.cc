#include "cli/help.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text_width.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kLabelColumnsMax = 26;

using Row = std::pair<std::string, std::string>;

// "-n, --limit N", or the name of a positional.
std::string label_of(const CLI::Option& option) {
    if (!option.nonpositional()) return option.get_name(true);
    std::vector<std::string> names;
    for (const std::string& name : option.get_snames()) names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
    const std::string value = option.get_items_expected_max() > 0 ? option.get_type_name() : "";
    return fmt::format("{}{}{}{}", option.get_snames().empty() ? "    " : "",
                       fmt::join(names, ", "), value.empty() ? "" : " ", value);
}

// A long list of choices, after a bar where the line is full.
std::string broken_at_bars(std::string_view label) {
    constexpr std::size_t kMargin = 2;  // left of every label
    const std::size_t choices = label.rfind(' ') + 1;
    std::string result(label.substr(0, choices));
    std::size_t used = kMargin + choices;
    for (std::string_view rest = label.substr(choices); !rest.empty();) {
        const std::size_t bar = rest.find('|');
        const std::string_view choice = rest.substr(0, bar == rest.npos ? bar : bar + 1);
        const std::size_t width = text_width(choice);
        if (used + width > kHelpColumns && used > kMargin + choices) {
            result += '\n';
            result.append(kMargin + choices, ' ');
            used = kMargin + choices;
        }
        result += choice;
        used += width;
        rest.remove_prefix(choice.size());
    }
    return result;
}

std::string section(std::string_view title, const std::vector<Row>& rows) {
    if (rows.empty()) return "";
    std::size_t label_columns = 0;
    for (const auto& [label, text] : rows) {
        if (text_width(label) <= kLabelColumnsMax) {
            label_columns = std::max(label_columns, text_width(label));
        }
    }
    const std::size_t indent = 2 + label_columns + 2;
    std::string result = fmt::format("\n{}:\n", title);
    for (const auto& [label, text] : rows) {
        std::string line = "  " + broken_at_bars(label);
        if (text_width(label) > label_columns) {
            line += '\n';
            line.append(indent, ' ');
        } else {
            line.append(indent - text_width(line), ' ');
        }
        result += line + wrapped(text, kHelpColumns - indent, indent) + '\n';
    }
    return result;
}

std::string examples_section(std::string_view examples) {
    if (examples.empty()) return "";
    std::string result = "\nExamples:\n";
    while (!examples.empty()) {
        const std::size_t end = examples.find('\n');
        result += fmt::format("  {}\n", examples.substr(0, end));
        examples.remove_prefix(end == std::string_view::npos ? examples.size() : end + 1);
    }
    return result;
}

std::string usage_line(const CLI::App& app, const std::vector<const CLI::Option*>& positionals,
                       unsigned common_flags) {
    std::string usage = full_name(app);
    if ((common_flags & kRunsProgram) != 0) return usage + " [flags] [--] COMMAND…";
    if (!commands_below(app).empty()) usage += " COMMAND";
    for (const CLI::Option* option : positionals) {
        const std::string name = option->get_name(true);
        usage += option->get_required() ? " " + name : " [" + name + "]";
    }
    return usage + " [flags]";
}

class HelpFormatter final : public CLI::FormatterBase {
public:
    explicit HelpFormatter(const CommandInfo& info) : info_(info) {}

    std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
        std::vector<const CLI::Option*> positionals;
        std::vector<Row> arguments;
        std::vector<Row> flags;
        for (const CLI::Option* option : app->get_options({})) {
            if (option->get_group().empty()) continue;  // For the program's own use.
            Row row = {label_of(*option), option->get_description()};
            if (option->nonpositional()) {
                flags.push_back(std::move(row));
            } else {
                positionals.push_back(option);
                arguments.push_back(std::move(row));
            }
        }
        // --help, which CLI11 declares first, is the least interesting one.
        if (!flags.empty()) std::rotate(flags.begin(), flags.begin() + 1, flags.end());
        std::vector<Row> commands;
        for (const CLI::App* command : commands_below(*app)) {
            commands.emplace_back(command->get_name(), command->get_description());
        }

        std::string help = wrapped(fmt::format("{}.", info_.summary), kHelpColumns, 0) + '\n';
        help += fmt::format("\nUsage: {}\n", usage_line(*app, positionals, info_.common_flags));
        if (!info_.details.empty()) help += fmt::format("\n{}\n", info_.details);
        help += section("Commands", commands);
        help += section("Arguments", arguments);
        help += section("Flags", flags);
        help += examples_section(info_.examples);
        return help;
    }

private:
    const CommandInfo& info_;
};

}  // namespace

void set_help(CLI::App& app, const CommandInfo& info) {
    app.description(std::string(info.summary));
    app.set_help_flag("-h,--help", "Show this help");
    app.formatter(std::make_shared<HelpFormatter>(info));
}

std::string full_name(const CLI::App& app) {
    const CLI::App* parent = app.get_parent();
    return parent == nullptr ? app.get_name() : full_name(*parent) + ' ' + app.get_name();
}

std::vector<const CLI::App*> commands_below(const CLI::App& app) {
    return app.get_subcommands(std::function<bool(const CLI::App*)>());
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
    std::string result;
    std::size_t used = 0;
    while (!text.empty()) {
        const std::size_t blank = text.find(' ');
        const std::string_view word = text.substr(0, blank);
        const std::size_t width = text_width(word);
        if (used > 0 && used + 1 + width > columns) {
            result += '\n';
            result.append(indent, ' ');
            used = 0;
        } else if (used > 0) {
            result += ' ';
            ++used;
        }
        result += word;
        used += width;
        text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
    }
    return result;
}

}  // namespace daybook::cli
