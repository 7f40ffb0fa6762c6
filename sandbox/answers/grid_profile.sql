-- cells: grid_code
select * exclude (overdue_tickets) from grid_count
