-- core.area
-- One row per lower layer super output area (LSOA, 2021) of the local authority, with the ward and the deprivation
-- that belong to it. Every area breakdown goes through this table.
--
-- lsoa_code: GSS code of the LSOA
-- ward_code: GSS code of the ward that holds most of the LSOA's people
-- ward_name: Name of that ward
-- area_code: GSS code of the local authority
-- area_name: Name of the local authority
-- imd_rank: Rank in England on the Index of Multiple Deprivation, 1 = most deprived
-- imd_decile: Tenth of England's LSOAs by deprivation, 1 = most deprived
-- imd_quintile: Fifth of England's LSOAs by deprivation, 1 = most deprived
select
    lsoa_code,
    ward_code,
    ward_name,
    area_code,
    area_name,
    imd_rank,
    imd_decile,
    imd_quintile
from reference.area_lsoa
