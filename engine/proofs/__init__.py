"""What is safe: one prover for each hazard (`model.Hazard`), and the only place that decides it.

A prover answers with a `Proof` (the reason, for the review) or with the `Assumption` that stays open and the place that
prevents the proof. Provers are positive: what is not understood is an assumption, never a proof. A codemod names the
hazards that its rewrite brings and asks; it proves nothing by itself.
"""
