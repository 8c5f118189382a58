-- One row per thing that people decided about the proposal in the variable `proposal`, in their order.
SELECT ruled_at, act, is_off, label, proposal_id, other_id, author, reason FROM ruling
WHERE act <> 'assigned' AND getvariable('proposal')::VARCHAR IN (proposal_id, other_id) ORDER BY position;
