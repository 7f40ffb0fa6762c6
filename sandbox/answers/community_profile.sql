-- cells: community_code
select substr(grid_code, 1, 12) as community_code, sum(columns(* exclude (grid_code, overdue_tickets)))
from grid_count
group by 1
