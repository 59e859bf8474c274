// daybook schema: the event types of a ledger.

#include <optional>
#include <string>

#include "base/text.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "ledger/event_log.h"
#include "ledger/type_registry.h"
#include "os/file.h"
#include "schema/registry.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kSchemaBytesMax = std::size_t{4} << 20;

// What is registered does not need a ledger: without one there are the built-in types.
Result<schema::Registry> registry_of(const Context& context) {
    const ledger::LedgerDir dir(context.ledger_location().path);
    RETURN_IF_ERROR(refuse_other_format(dir));
    return ledger::read_registry(dir);
}

ExitCode print_report(const schema::RegisterReport& report, bool registered, Context& context) {
    const std::string name = fmt::format("{} version {}", report.type, report.version);
    for (const std::string& note : report.notes) report_note(fmt::format("note: {}", note));
    if (!report.breaks.empty()) {
        context.out.print("{} cannot read events that may be in the log:\n", name);
        for (const std::string& reason : report.breaks) context.out.print("  {}\n", reason);
        return ExitCode::kFailed;
    }
    if (report.unchanged) {
        context.out.print("{}: registered already, nothing changed\n", name);
    } else {
        context.out.print("{}: {}\n", name, registered ? "registered" : "can be registered");
    }
    return ExitCode::kOk;
}

class SchemaListCommand final : public Command {
public:
    void declare(CLI::App&) override {}

    Result<ExitCode> run(Context& context) override {
        const auto registry = registry_of(context);
        if (!registry) return context.report(registry.error(), ExitCode::kUsage);
        const auto rows = context.rows(
            {{"type"}, {"version"}, {"built_in", Unit::kNone, "built in"}, {"description"}});
        for (const schema::TypeInfo& type : registry->list()) {
            rows->row({type.name, type.version, type.built_in, type.description});
        }
        rows->finish();
        return ExitCode::kOk;
    }
};

class SchemaShowCommand final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("TYPE", type_, "An event type")->type_name("TYPE")->required();
        app.add_option("--version", version_, "Which version (the newest)")->type_name("N");
    }

    Result<ExitCode> run(Context& context) override {
        const auto registry = registry_of(context);
        if (!registry) return context.report(registry.error(), ExitCode::kUsage);
        const Result<std::string> text = registry->show(type_, version_);
        if (!text) return context.report(text.error(), ExitCode::kUsage);
        context.out.print("{}{}", *text, text->ends_with('\n') ? "" : "\n");
        return ExitCode::kOk;
    }

private:
    std::string type_;
    std::optional<int> version_;
};

class SchemaFileCommand : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("FILE", file_, "The JSON Schema of an event type")
            ->type_name("FILE")
            ->required();
    }

protected:
    Result<std::string> schema_text() const { return os::read_file(file_, kSchemaBytesMax); }
    Error in_file(const Error& error) const { return error.with_context(file_); }

private:
    std::string file_;
};

class SchemaCheckCommand final : public SchemaFileCommand {
public:
    Result<ExitCode> run(Context& context) override {
        const auto registry = registry_of(context);
        if (!registry) return context.report(registry.error(), ExitCode::kUsage);
        const auto text = schema_text();
        if (!text) return context.report(text.error(), ExitCode::kUsage);
        const auto report = registry->examine(*text);
        if (!report) return fail(in_file(report.error()));
        return print_report(*report, false, context);
    }
};

class SchemaRegisterCommand final : public SchemaFileCommand {
public:
    Result<ExitCode> run(Context& context) override {
        const auto text = schema_text();
        if (!text) return context.report(text.error(), ExitCode::kUsage);
        // Examined first: a mistake makes no ledger.
        const auto registry = registry_of(context);
        if (!registry) return context.report(registry.error(), ExitCode::kUsage);
        const auto examined = registry->examine(*text);
        if (!examined) return fail(in_file(examined.error()));
        if (!examined->breaks.empty()) return print_report(*examined, true, context);
        const ledger::LedgerDir dir(context.ledger_location().path);
        RETURN_IF_ERROR(ledger::EventLog::open(dir, {.background = false}));
        const auto report = ledger::register_type(dir, *text);
        if (!report) return fail(in_file(report.error()));
        return print_report(*report, true, context);
    }
};

}  // namespace

extern constinit const CommandInfo kSchemaCommand = {
    .name = "schema",
    .summary = "Lists, shows, checks and registers event types",
    .details =
        "A type is a JSON Schema (draft 7).  A new version must be able to read the events of "
        "every\n"
        "earlier one, because the log is never rewritten (docs/formats/schema-registry.md).",
    .examples =
        "daybook schema list\n"
        "daybook schema show trial.recorded\n"
        "daybook schema register order.filled.json",
};

extern constinit const CommandInfo kSchemaListCommand = {
    .name = "schema list",
    .summary = "Lists the event types that the ledger knows",
    .details = "",
    .examples =
        "daybook schema list\n"
        "daybook schema list --format json",
    .common_flags = kLedgerFlag | kFormatFlag,
    .make = make_command<SchemaListCommand>,
};

extern constinit const CommandInfo kSchemaShowCommand = {
    .name = "schema show",
    .summary = "Prints the JSON Schema of an event type",
    .details = "",
    .examples = "daybook schema show run.created",
    .common_flags = kLedgerFlag,
    .make = make_command<SchemaShowCommand>,
};

extern constinit const CommandInfo kSchemaCheckCommand = {
    .name = "schema check",
    .summary = "Tells what registering a type, or a new version of one, would break",
    .details = "Changes nothing.  Exit code 1 if something would break.",
    .examples = "daybook schema check order.filled.json",
    .common_flags = kLedgerFlag,
    .make = make_command<SchemaCheckCommand>,
};

extern constinit const CommandInfo kSchemaRegisterCommand = {
    .name = "schema register",
    .summary = "Registers an event type, or a new version of one, unless something breaks",
    .details = "",
    .examples = "daybook schema register order.filled.json",
    .common_flags = kLedgerFlag,
    .make = make_command<SchemaRegisterCommand>,
};

}  // namespace daybook::cli
