// One thread's searches in the lists of an inverted file (inverted_index.h).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dpr/vectors/bit_codes.h"
#include "dpr/vectors/candidates.h"
#include "dpr/vectors/estimate_pool.h"
#include "dpr/vectors/inverted_index.h"

namespace dpr {

// Keeps memory from run to run. `index` and `space` must stay.
class ListScan {
 public:
  ListScan(const InvertedIndex& index, const CandidateSpace& space, int64_t k, int64_t effort);

  // results: of each question; those without a norm get none.
  void Run(ConstFloatView questions, std::vector<ScoredRow>* results);
  const SearchCosts& costs() const { return costs_; }

  // Do products with it mean anything? Its square may overflow.
  static bool HasNorm(const float* question, int64_t dimensions);

 private:
  struct Probe {
    uint32_t list;
    uint32_t question;
  };

  void Prepare(ConstFloatView questions);
  void ChooseLists(uint32_t question);
  void Scan(const std::vector<Probe>& probes);
  void Scan(int64_t list, uint32_t question);
  bool IsLive(uint32_t place) const;
  std::vector<ScoredRow> Decide(const float* question, int64_t i);
  void Add(std::span<const RankKey> keys, Candidates& candidates);
  std::vector<ScoredRow> Finish(Candidates& candidates);

  const InvertedIndex& index_;
  const InvertedView& view_;
  const CandidateSpace& space_;
  const int64_t k_, effort_;
  Matrix products_;                  // [questions, d + lists]
  std::vector<BitQuestion> tables_;  // of each question
  std::vector<EstimatePool> pools_;  // of each question
  std::vector<Probe> first_lists_, other_lists_;
  std::vector<RankKey> order_, scratch_;  // of lists
  std::vector<size_t> ends_;              // of each list's askers
  std::vector<uint32_t> askers_;
  std::vector<uint32_t> rows_;  // that are scored by codes
  AlignedBuffer<uint16_t> sums_;
  AlignedBuffer<uint32_t> places_;
  AlignedBuffer<float> estimates_;
  SearchCosts costs_;
};

}  // namespace dpr
