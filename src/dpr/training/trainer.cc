#include "dpr/training/trainer.h"

#include <utility>

#include "dpr/training/retrieval_task.h"

namespace dpr {

TrainingOutcome Train(const TrainingRequest& request, const std::atomic<bool>& stop,
                      Progress& progress) {
  return TrainOn(OpenTrainingData(request, progress), request, stop, progress);
}

TrainingOutcome TrainOn(TrainingData data, const TrainingRequest& request,
                        const std::atomic<bool>& stop, Progress& progress) {
  RetrievalTask task(request, std::move(data), progress);
  const LoopOutcome outcome =
      RunTrainingLoop(task, {request.out, request.log, request.checkpoint_every}, stop, progress);
  const TrainingState& state = outcome.state;
  return {outcome.end,      state.step,      task.steps(),
          state.tokens,     state.loss,      state.seconds,
          state.best,       state.best_step, task.MetricAt(state.best_step),
          task.CountsJson()};
}

}  // namespace dpr
