/* Records a small parameter search from C.
 *
 *     record_search_c [LEDGER]        the ledger's directory; data/ledger if none is given
 */
#include <math.h>
#include <stdio.h>

#include "daybook/daybook.h"

/* Stands for a backtest: what a strategy with this stop would have earned. */
static double sharpe_of(double stop) { return 1.5 - fabs(stop - 0.06) * 20; }

static daybook_code record_trials(daybook_run* run, double* best, daybook_error** error) {
    for (int i = 1; i <= 8; ++i) {
        const double stop = 0.02 * i;
        const double sharpe = sharpe_of(stop);
        char id[16];
        snprintf(id, sizeof id, "stop_%d", 2 * i);
        const daybook_field params[] = {daybook_double("stop", stop)};
        const daybook_field metrics[] = {daybook_double("sharpe", sharpe)};
        const daybook_code code =
            daybook_run_record_trial(run, daybook_text(id), daybook_fields(params, 1),
                                     daybook_fields(metrics, 1), NULL, error);
        if (code != DAYBOOK_OK) return code;
        if (i == 1 || sharpe > *best) *best = sharpe;
    }
    return DAYBOOK_OK;
}

static daybook_code record_search(daybook_ledger* ledger, daybook_error** error) {
    daybook_run_spec spec = daybook_run_spec_init();
    spec.type = daybook_text("grid_search");
    spec.config = daybook_json("{\"strategy\":\"breakout\",\"stops\":8}");
    spec.name = daybook_text("stops");
    daybook_run* run = NULL;
    daybook_code code = daybook_ledger_start_run(ledger, &spec, &run, error);
    if (code != DAYBOOK_OK) return code;

    double best = 0;
    daybook_phase* phase = NULL;
    code = daybook_run_begin_phase(run, daybook_text("search"), NULL, &phase, error);
    if (code == DAYBOOK_OK) code = record_trials(run, &best, error);
    if (code == DAYBOOK_OK) code = daybook_phase_complete(phase, daybook_no_fields(), error);
    daybook_phase_free(phase);

    if (code == DAYBOOK_OK) {
        const daybook_field summary[] = {daybook_double("best_sharpe", best)};
        code = daybook_run_complete(run, daybook_fields(summary, 1), daybook_no_fields(), error);
    }
    if (code == DAYBOOK_OK) printf("recorded %s\n", daybook_run_id(run));
    daybook_run_free(run);
    return code;
}

int main(int argc, char** argv) {
    daybook_ledger* ledger = NULL;
    daybook_error* error = NULL;
    daybook_code code =
        daybook_ledger_open(argc > 1 ? argv[1] : "data/ledger", NULL, &ledger, &error);
    if (code == DAYBOOK_OK) code = record_search(ledger, &error);
    daybook_ledger_close(ledger);
    if (code == DAYBOOK_OK) return 0;
    fprintf(stderr, "%s: %s\n", daybook_code_name(code), daybook_error_message(error));
    daybook_error_free(error);
    return 1;
}
