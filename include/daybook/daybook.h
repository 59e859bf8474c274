/*
 * Daybook's C interface: record runs in a ledger from any language.
 *
 *     daybook_ledger* ledger = NULL;
 *     daybook_run* run = NULL;
 *     daybook_error* error = NULL;
 *
 *     if (daybook_ledger_open("data/ledger", NULL, &ledger, &error) != DAYBOOK_OK) { … }
 *     daybook_run_spec spec = daybook_run_spec_init();
 *     spec.type = daybook_text("policy");
 *     spec.config = daybook_json("{\"stop\":0.05}");
 *     daybook_ledger_start_run(ledger, &spec, &run, &error);
 *     const daybook_field metrics[] = {daybook_double("sharpe", 1.2)};
 *     daybook_run_record_trial(run, daybook_text("stop_5"), daybook_json("{\"stop\":0.05}"),
 *                              daybook_fields(metrics, 1), NULL, &error);
 *     daybook_run_complete(run, daybook_no_fields(), daybook_no_fields(), &error);
 *     daybook_run_free(run);
 *     daybook_ledger_close(ledger);
 *
 * What an acknowledged call has recorded survives the death of the process.  Needed are libdaybook
 * and this header: no daemon, no database, no C++ runtime in the caller.
 *
 * Errors.  Functions that can fail return a daybook_code.  If `error` is not NULL, what went wrong
 * is put there, to be freed with daybook_error_free(); on success it is left alone.  Out-parameters
 * are written on success only.
 *
 * Text is UTF-8, with a length: it need not end in a zero byte.  Everything passed in is borrowed
 * until the call returns; everything handed out belongs to who asked for it, where the function
 * does not say otherwise.
 *
 * CAVEATS
 *
 * - Threads: all functions may be called from all threads, on the same handle too; but freeing and
 *   closing a handle may not run beside another call on it.
 * - fork(): a child may go on recording to the handles that it has inherited; a run or a phase of
 *   its parent it cannot end, and freeing one ends nothing.
 * - Signal handlers may call nothing of this.  No thread of the library takes a signal.
 * - dlclose(): close every ledger first; the library starts threads: for `background`, heartbeats
 *   and the state of the code.
 * - Structures with a `size` member may grow in later versions.  Initialise them with their
 *   _init() function: a field that is newer than the caller then has its default.  A `size` that no
 *   version had, such as 0, is refused.
 */
#pragma once

/* C's own names.  NOLINTBEGIN(readability-identifier-naming,modernize-use-nullptr) */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define DAYBOOK_API __attribute__((visibility("default")))
#else
#define DAYBOOK_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface: functions are added, never changed.  Since 1. */
#define DAYBOOK_ABI_VERSION 1

/* ---- Errors ---------------------------------------------------------------------------------- */

/* What the caller can do about an error.  Numbers never change. */
typedef int32_t daybook_code;
enum {
    DAYBOOK_OK = 0,
    DAYBOOK_INVALID_ARGUMENT = 1,  /* the input is wrong: mend it; trying again cannot help */
    DAYBOOK_NOT_FOUND = 2,         /* what was named is not there */
    DAYBOOK_ALREADY_EXISTS = 3,    /* what was to be made is there already */
    DAYBOOK_PERMISSION_DENIED = 4, /* the operating system says no: change owner or mode */
    DAYBOOK_BUSY = 5,              /* another process holds it: wait, or end that process */
    DAYBOOK_NO_SPACE = 6,          /* disk full, quota or size limit: make room, then try again */
    DAYBOOK_IO = 7,                /* the device or the file system failed */
    DAYBOOK_CORRUPT = 8,           /* bytes on disk are not what Daybook wrote */
    DAYBOOK_UNSUPPORTED = 9,       /* this machine, file system or version cannot do it */
    DAYBOOK_LIMIT = 10,            /* a documented limit is exceeded */
    DAYBOOK_CANCELLED = 11,        /* the caller asked to stop */
    DAYBOOK_INTERNAL = 12          /* a library refused something that should have worked */
};

typedef struct daybook_error daybook_error;

/* Since 1.  The name of a code, such as "no_space"; static. */
DAYBOOK_API const char* daybook_code_name(daybook_code code);
/* Since 1.  NULL is DAYBOOK_OK. */
DAYBOOK_API daybook_code daybook_error_code(const daybook_error* error);
/* Since 1.  For people: names the file, the field, what was found and what was expected.  Ends in a
 * zero byte and lives as long as the error; "" for NULL. */
DAYBOOK_API const char* daybook_error_message(const daybook_error* error);
/* Since 1.  NULL is allowed. */
DAYBOOK_API void daybook_error_free(daybook_error* error);

/* Since 1.  The library's version, such as "0.1.0"; static. */
DAYBOOK_API const char* daybook_version(void);
/* Since 1.  The DAYBOOK_ABI_VERSION that the library was built with. */
DAYBOOK_API int daybook_abi_version(void);

/* ---- Values ---------------------------------------------------------------------------------- */

/* Text that need not end in a zero byte.  `data` NULL: not given. */
typedef struct daybook_str {
    const char* data;
    size_t size;
} daybook_str;

typedef int32_t daybook_type;
enum {
    DAYBOOK_TYPE_NULL = 0,
    DAYBOOK_TYPE_BOOL = 1,
    DAYBOOK_TYPE_INT = 2,
    DAYBOOK_TYPE_UINT = 3,
    DAYBOOK_TYPE_DOUBLE = 4, /* NaN and infinities are refused: JSON has no form for them */
    DAYBOOK_TYPE_STRING = 5,
    DAYBOOK_TYPE_JSON = 6 /* `text` is one JSON value, checked when it is recorded */
};

/* One field of an object. */
typedef struct daybook_field {
    daybook_str name;
    daybook_type type;
    union {
        int32_t boolean;
        int64_t integer;
        uint64_t uinteger;
        double real;
        daybook_str text; /* STRING and JSON */
    } value;
} daybook_field;

/* A JSON object: its fields in order, or ready JSON text.  Both absent: an empty object. */
typedef struct daybook_object {
    const daybook_field* fields;
    size_t count;
    daybook_str json;
} daybook_object;

static inline daybook_str daybook_text(const char* text) {
    daybook_str str;
    str.data = text;
    str.size = text == NULL ? 0 : strlen(text);
    return str;
}

static inline daybook_object daybook_fields(const daybook_field* fields, size_t count) {
    daybook_object object;
    object.fields = fields;
    object.count = count;
    object.json = daybook_text(NULL);
    return object;
}

static inline daybook_object daybook_no_fields(void) { return daybook_fields(NULL, 0); }

static inline daybook_object daybook_json(const char* text) {
    daybook_object object = daybook_no_fields();
    object.json = daybook_text(text);
    return object;
}

static inline daybook_field daybook_double(const char* name, double value) {
    daybook_field field;
    field.name = daybook_text(name);
    field.type = DAYBOOK_TYPE_DOUBLE;
    field.value.real = value;
    return field;
}

static inline daybook_field daybook_int(const char* name, int64_t value) {
    daybook_field field;
    field.name = daybook_text(name);
    field.type = DAYBOOK_TYPE_INT;
    field.value.integer = value;
    return field;
}

static inline daybook_field daybook_string(const char* name, const char* value) {
    daybook_field field;
    field.name = daybook_text(name);
    field.type = DAYBOOK_TYPE_STRING;
    field.value.text = daybook_text(value);
    return field;
}

/* ---- Ledgers --------------------------------------------------------------------------------- */

typedef struct daybook_ledger daybook_ledger;

/* What an acknowledgement promises. */
typedef int32_t daybook_durability;
enum {
    DAYBOOK_DURABILITY_DEFAULT = 0,  /* that of the event's type */
    DAYBOOK_DURABILITY_BUFFERED = 1, /* accepted, not acknowledged: lost if the process dies */
    DAYBOOK_DURABILITY_PROCESS = 2,  /* survives the death of the process */
    DAYBOOK_DURABILITY_POWER = 3     /* survives a loss of power */
};

/* What becomes of what cannot be recorded. */
typedef int32_t daybook_failure_policy;
enum {
    /* The call returns a code, nothing is recorded, the caller decides. */
    DAYBOOK_FAILURE_RETURN = 0,
    /* The host goes on: opening, starting runs and recording return DAYBOOK_OK.  Events that the
     * disk or the ledger refuses are kept in memory and tried again: before later events, when a
     * run ends, by daybook_ledger_flush() and on closing.  What cannot be kept, and what is wrong
     * in itself, is counted as dropped; run.completed says how many (`events_dropped`).  A call
     * that is wrong and loses no event, such as a second end, is counted as a failure.  The first
     * of each, and what is lost at the end, go to on_warning.
     *
     * Errors are returned all the same by what records nothing (flush, sync, get_stats,
     * artifact_directory), for NULL in place of a handle or of where to put one, for options of
     * daybook_ledger_open() and a daybook_run_spec that were not initialised, and for want of
     * memory. */
    DAYBOOK_FAILURE_KEEP = 1
};

typedef struct daybook_ledger_options {
    size_t size;
    /* Make the directory if it is not there; else that is DAYBOOK_NOT_FOUND.  Default 1. */
    int32_t create;
    /* Let a thread see to syncs and buffered events.  Default 1. */
    int32_t background;
    /* Told, at most once each, of what the caller should know but need not act on; from any thread.
     * It may use the ledger, but not close it.  `message` lives for the call.  May be NULL. */
    void (*on_warning)(daybook_str message, void* context);
    void* context;
    /* What becomes of what cannot be recorded.  Default DAYBOOK_FAILURE_RETURN. */
    daybook_failure_policy failure_policy;
    /* DAYBOOK_FAILURE_KEEP: so many events, and bytes of them, are kept for another try.  Defaults
     * 10,000 and 16 MiB. */
    uint64_t kept_events_max;
    uint64_t kept_bytes_max;
} daybook_ledger_options;
static inline daybook_ledger_options daybook_ledger_options_init(void) {
    daybook_ledger_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.create = 1;
    options.background = 1;
    options.kept_events_max = 10000;
    options.kept_bytes_max = 16 << 20;
    return options;
}

/* Since 1.  Opens the ledger in `directory`, a path that ends in a zero byte.  NULL: DAYBOOK_LEDGER
 * of the environment, else the nearest data/ledger upwards from the working directory, else
 * ./data/ledger.  `options` may be NULL.  DAYBOOK_UNSUPPORTED: a newer format, or a network file
 * system. */
DAYBOOK_API daybook_code daybook_ledger_open(const char* directory,
                                             const daybook_ledger_options* options,
                                             daybook_ledger** ledger, daybook_error** error);
/* Since 1.  Writes what is buffered.  Free its runs first.  NULL is allowed. */
DAYBOOK_API void daybook_ledger_close(daybook_ledger* ledger);
/* Since 1.  Lives as long as the ledger. */
DAYBOOK_API const char* daybook_ledger_directory(const daybook_ledger* ledger);

/* Since 1.  Appends an event given as JSON, checked against its type's schema.  `event_id` and
 * `timestamp_ms` are kept where the event has them.  `event_id`, if it is not NULL, gets the id: 36
 * characters and a zero byte; "" if the event was dropped. */
DAYBOOK_API daybook_code daybook_ledger_emit_json(daybook_ledger* ledger, daybook_str event,
                                                  daybook_durability durability, char event_id[37],
                                                  daybook_error** error);
/* Since 1.  Writes what durability BUFFERED holds back. */
DAYBOOK_API daybook_code daybook_ledger_flush(daybook_ledger* ledger, daybook_error** error);
/* Since 1.  Returns when all events so far have survived an fdatasync. */
DAYBOOK_API daybook_code daybook_ledger_sync(daybook_ledger* ledger, daybook_error** error);

/* What has become of a ledger's events in this process. */
typedef struct daybook_ledger_stats {
    size_t size;
    uint64_t recorded; /* events that the log has accepted, those of `retried` included */
    uint64_t failures; /* calls that failed, of both policies */
    uint64_t kept;     /* events that wait for another try now */
    uint64_t retried;  /* events that were kept and have been recorded since */
    uint64_t dropped;  /* events that are lost */
} daybook_ledger_stats;
static inline daybook_ledger_stats daybook_ledger_stats_init(void) {
    daybook_ledger_stats stats;
    memset(&stats, 0, sizeof stats);
    stats.size = sizeof stats;
    return stats;
}
/* Since 1.  `last_failure`, if it is not NULL, gets the newest failure, to be freed, or NULL. */
DAYBOOK_API daybook_code daybook_ledger_get_stats(const daybook_ledger* ledger,
                                                  daybook_ledger_stats* stats,
                                                  daybook_error** last_failure,
                                                  daybook_error** error);

/* ---- Runs ------------------------------------------------------------------------------------ */

typedef struct daybook_run daybook_run;

/* What is recorded of the state that a run starts from. */
typedef int32_t daybook_capture;
enum {
    /* Host, user, directory, command line, versions and the allow-listed variables in run.created;
     * commit, branch, diff from a thread of the library as run.environment. */
    DAYBOOK_CAPTURE_ALL = 0,
    /* The same, but the caller sees to run.environment: daybook_run_record_environment(). */
    DAYBOOK_CAPTURE_AT_HAND = 1,
    /* Nothing. */
    DAYBOOK_CAPTURE_NONE = 2
};

/* What a run is when it starts.  Text that is not given has `data` NULL. */
typedef struct daybook_run_spec {
    size_t size;
    daybook_str type;             /* "policy", "grid_search", …: any name; required */
    daybook_object config;        /* everything that determines its result */
    daybook_str data_fingerprint; /* of the input data */
    daybook_str run_id;           /* made up if it is not given */
    daybook_str name;
    daybook_str experiment;
    daybook_str parent_run_id; /* not given: DAYBOOK_RUN_ID of the environment, if that is set */
    daybook_object tags;
    int32_t has_seed;
    int64_t seed;
    /* What is recorded of code and machine.  Default DAYBOOK_CAPTURE_ALL. */
    daybook_capture capture;
    /* The command line; 0: as the system knows it.  Secrets in it are masked. */
    const daybook_str* argv;
    size_t argc;
    /* Versions of language and libraries, such as {"python": "3.11.7"}. */
    daybook_object versions;
    /* Lets a thread record run.heartbeat so often, for judges on other machines.  0: never. */
    int64_t heartbeat_ms;
} daybook_run_spec;
static inline daybook_run_spec daybook_run_spec_init(void) {
    daybook_run_spec spec;
    memset(&spec, 0, sizeof spec);
    spec.size = sizeof spec;
    return spec;
}

/* Since 1.  Records that a run was created and started.  DAYBOOK_FAILURE_KEEP: parts of the spec
 * that cannot be read are left out and counted. */
DAYBOOK_API daybook_code daybook_ledger_start_run(daybook_ledger* ledger,
                                                  const daybook_run_spec* spec, daybook_run** run,
                                                  daybook_error** error);
/* Since 1.  Joins a run that another process has started: records to it, never ends it. */
DAYBOOK_API daybook_code daybook_ledger_attach(daybook_ledger* ledger, daybook_str run_id,
                                               daybook_run** run, daybook_error** error);
/* Since 1.  Gathers the state of the code in the working directory (commit, branch, what differs
 * from it) and records it with `packages`, {"numpy": "2.1.0"}, as run.environment, once a run.
 * Blocks, `limit_ms` at most (0: 10,000): call it from a thread.  What could not be gathered is
 * named in the event's `incomplete`, not an error.  A run that was attached to knows only of what
 * it has recorded itself. */
DAYBOOK_API daybook_code daybook_run_record_environment(daybook_run* run, daybook_object packages,
                                                        int64_t limit_ms, daybook_error** error);
/* Since 1.  Lets a daybook_run_record_environment() of another thread come to its end at once: git
 * is killed, and the event's `incomplete` names what has not been gathered.  NULL is allowed. */
DAYBOOK_API void daybook_run_give_up_environment(daybook_run* run);
/* Since 1.  A run that has not ended is completed, with `implicit_end`: true; one that was attached
 * to is left as it is.  NULL is allowed. */
DAYBOOK_API void daybook_run_free(daybook_run* run);
/* Since 1.  Lives as long as the run. */
DAYBOOK_API const char* daybook_run_id(const daybook_run* run);
/* Since 1.  Where the run's artifacts belong, a directory below the ledger's, made if need be;
 * lives as long as the run. */
DAYBOOK_API daybook_code daybook_run_artifact_directory(daybook_run* run, const char** directory,
                                                        daybook_error** error);
/* Since 1.  Counts, and warns of, something that a binding could not even hand over, such as a
 * value of a type without a JSON form, as a dropped event of the run.  For DAYBOOK_FAILURE_KEEP. */
DAYBOOK_API void daybook_run_count_failure(daybook_run* run, daybook_str message);

/* What a trial has beside parameters and metrics. */
typedef struct daybook_trial_options {
    size_t size;
    daybook_str state;             /* "complete", "pruned" or "failed"; not given: complete */
    int32_t feasible;              /* -1: not judged; 0, 1 */
    const daybook_str* violations; /* names of the constraints that it violates */
    size_t violations_count;
    int32_t has_duration_ms;
    int64_t duration_ms;
    daybook_str error_message; /* why it failed */
    daybook_object nonfinite;  /* {"/metrics/sharpe": "NaN"}: what JSON cannot hold */
    daybook_durability durability;
    int32_t has_started_at_ms;
    int64_t started_at_ms; /* milliseconds since 1970 */
} daybook_trial_options;
static inline daybook_trial_options daybook_trial_options_init(void) {
    daybook_trial_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.feasible = -1;
    return options;
}

/* Since 1.  `options` may be NULL. */
DAYBOOK_API daybook_code daybook_run_record_trial(daybook_run* run, daybook_str trial_id,
                                                  daybook_object params, daybook_object metrics,
                                                  const daybook_trial_options* options,
                                                  daybook_error** error);
/* What a point of a curve has beside its value. */
typedef struct daybook_metric_options {
    size_t size;
    int32_t has_step; /* 0: the points of a name are numbered 0, 1, 2…, after those given */
    int64_t step;
    daybook_str trial_id;
    daybook_object nonfinite; /* {"/metrics/loss": "NaN"}: what JSON cannot hold */
    daybook_durability durability;
} daybook_metric_options;
static inline daybook_metric_options daybook_metric_options_init(void) {
    daybook_metric_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    return options;
}

/* Since 1.  One point of one or more curves.  `options` may be NULL. */
DAYBOOK_API daybook_code daybook_run_record_metrics(daybook_run* run, daybook_object metrics,
                                                    const daybook_metric_options* options,
                                                    daybook_error** error);

/* What a file has beside its path and type. */
typedef struct daybook_artifact_options {
    size_t size;
    int32_t has_rows;
    int64_t rows;       /* of a table */
    daybook_str format; /* "parquet", "json", …; not given: from the file's extension */
    daybook_str trial_id;
    int32_t copy; /* not 0: keep a copy in the ledger and record that: the file may go */
} daybook_artifact_options;
static inline daybook_artifact_options daybook_artifact_options_init(void) {
    daybook_artifact_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    return options;
}

/* Since 1.  A file that the run has made: it must exist, its size and SHA-256 are taken now.
 * `path` ends in a zero byte.  `options` may be NULL. */
DAYBOOK_API daybook_code daybook_run_add_artifact(daybook_run* run, const char* path,
                                                  daybook_str type,
                                                  const daybook_artifact_options* options,
                                                  daybook_error** error);
/* Since 1.  Sets tags; a null value removes one. */
DAYBOOK_API daybook_code daybook_run_tag(daybook_run* run, daybook_object tags,
                                         daybook_error** error);
/* Since 1. */
DAYBOOK_API daybook_code daybook_run_note(daybook_run* run, daybook_str text, daybook_str author,
                                          daybook_error** error);
/* What is known of a failure beside its message. */
typedef struct daybook_failure_options {
    size_t size;
    daybook_str kind;       /* such as the exception's class */
    daybook_str trace;      /* where it happened, for people */
    daybook_str phase_name; /* the phase that failed; of runs only */
    daybook_object summary; /* what came of the run all the same; of runs only */
    daybook_object artifact_paths;
} daybook_failure_options;
static inline daybook_failure_options daybook_failure_options_init(void) {
    daybook_failure_options options;
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    return options;
}

/* Since 1.  The ends.  Each may be called once, and not on a run that was attached to or in a
 * forked child: DAYBOOK_INVALID_ARGUMENT.  Free the run then. */
DAYBOOK_API daybook_code daybook_run_complete(daybook_run* run, daybook_object summary,
                                              daybook_object artifact_paths, daybook_error** error);
/* Since 1. */
DAYBOOK_API daybook_code daybook_run_fail(daybook_run* run, daybook_str message,
                                          const daybook_failure_options* options,
                                          daybook_error** error);
/* Since 1. */
DAYBOOK_API daybook_code daybook_run_cancel(daybook_run* run, daybook_str reason,
                                            daybook_error** error);
/* Since 1.  1 if an end of the run has been recorded here, or is kept for another try, else 0: with
 * DAYBOOK_FAILURE_KEEP an end that is refused, as one too large, returns DAYBOOK_OK too. */
DAYBOOK_API int daybook_run_has_ended(const daybook_run* run);

/* ---- Phases ---------------------------------------------------------------------------------- */

typedef struct daybook_phase daybook_phase;
/* Since 1.  `order` NULL: a name's first use takes the next order from 0, each re-use is the next
 * iteration of it.  In a run that was attached to, it must be given. */
DAYBOOK_API daybook_code daybook_run_begin_phase(daybook_run* run, daybook_str name,
                                                 const int64_t* order, daybook_phase** phase,
                                                 daybook_error** error);
/* Since 1.  Ends the phase: once, and not in a forked child, or DAYBOOK_INVALID_ARGUMENT; free it
 * then. */
DAYBOOK_API daybook_code daybook_phase_complete(daybook_phase* phase, daybook_object output_summary,
                                                daybook_error** error);
/* Since 1.  Ends the phase as failed.  `options` may be NULL. */
DAYBOOK_API daybook_code daybook_phase_fail(daybook_phase* phase, daybook_str message,
                                            const daybook_failure_options* options,
                                            daybook_error** error);
/* Since 1.  A phase that has not ended is completed.  Before its run is freed.  NULL is allowed. */
DAYBOOK_API void daybook_phase_free(daybook_phase* phase);

#ifdef __cplusplus
}
#endif

/* NOLINTEND(readability-identifier-naming,modernize-use-nullptr) */
